import { UnsupportedModelError } from '../errors.js';

/** What a reference in a model file may name: how a record of it is made from its arguments. */
export type GlobalRole = 'reconstruct' | 'frombuffer' | 'scalar' | 'dtype' | 'ndarray' | 'encode' | 'copyreg' | 'container' | 'opaque' | 'estimator';

const EXACT: Readonly<Record<string, GlobalRole>> = {
  'numpy.dtype': 'dtype', 'numpy.ndarray': 'ndarray', '_codecs.encode': 'encode',
  'copyreg._reconstructor': 'copyreg', 'copy_reg._reconstructor': 'copyreg', 'builtins.object': 'opaque', '__builtin__.object': 'opaque',
  'collections.OrderedDict': 'container', 'builtins.set': 'container', 'builtins.bytearray': 'container', 'builtins.slice': 'opaque',
  'sklearn.tree._tree.Tree': 'estimator',
};

const CLASSES = ['RandomForestClassifier', 'RandomForestRegressor', 'ExtraTreesClassifier', 'ExtraTreesRegressor', 'DecisionTreeClassifier', 'DecisionTreeRegressor', 'ExtraTreeClassifier', 'ExtraTreeRegressor'];
const ESTIMATOR = new RegExp(`^sklearn\\.(ensemble\\._forest|tree\\._classes)\\.(${CLASSES.join('|')})$`);
const NUMPY_CORE = /^numpy\.(?:_core|core)\.(?:multiarray|numeric)\.(_reconstruct|_frombuffer|scalar)$/;
/* Generators and their parts: kept as names and values, since a fitted model never draws from them. */
const RANDOM = /^numpy\.random\.(?:_pickle|mtrand|_mt19937|_pcg64|bit_generator)\.[A-Za-z_0-9]+$/;
/* Scalar types of numpy that appear as values, such as a dtype given by its class. */
const NUMPY_TYPE = /^numpy\.(?:float|int|uint|bool|str)_?\d{0,3}$/;

/** The role of a reference. Throws UnsupportedModelError, with its name, for every one that is not known to be data. */
export function roleOf(name: string): GlobalRole {
  if (name.length > 200) throw unknownClass(name);
  const exact = Object.hasOwn(EXACT, name) ? EXACT[name] : undefined;
  if (exact) return exact;
  const core = NUMPY_CORE.exec(name)?.[1];
  if (core) return core === '_reconstruct' ? 'reconstruct' : core === '_frombuffer' ? 'frombuffer' : 'scalar';
  if (ESTIMATOR.test(name)) return 'estimator';
  if (RANDOM.test(name) || NUMPY_TYPE.test(name)) return 'opaque';
  throw unknownClass(name);
}

/** The refusal of a class: its name, and what to log instead. */
export function unknownClass(name: string): UnsupportedModelError {
  const shown = name.slice(0, 200);
  const advice = `Served from scikit-learn are ${CLASSES.slice(0, 6).join(', ')}; log any other model as ONNX with mlflow.onnx.log_model.`;
  const library = shown.split('.')[0] ?? '';
  const why = ['sklearn', 'xgboost', 'lightgbm', 'numpy', 'scipy', 'pandas'].includes(library) ? 'is not among the classes that are served' : 'is not the class of a model';
  return new UnsupportedModelError(shown, `The model file names ${shown}, which ${why}; nothing of the file was run. ${advice}`);
}
