import { UnservableModel } from '../../errors.js';
import type { LoadedModel } from './loaded-model.js';
import { type MlModel, parseMlModel, textSetting } from './mlmodel.js';
import type { ModelFolder } from './model-folder.js';

const MAX_MLMODEL_BYTES = 8 * 2 ** 20;

/** Reads the file `MLmodel` of a folder. Throws UnservableModel. */
export async function readMlModel(folder: ModelFolder): Promise<MlModel> {
  return parseMlModel(new TextDecoder().decode(await folder.read('MLmodel', MAX_MLMODEL_BYTES)));
}

/** Makes a folder's model ready to answer. Throws UnservableModel naming what it is and what to log instead. */
export async function loadModel(folder: ModelFolder, maxBytes: number): Promise<LoadedModel> {
  const mlModel = await readMlModel(folder);
  const model = await loadFlavor(mlModel, folder, maxBytes);
  return { ...model, params: mlModel.signature?.params };
}

/* The flavors bring the readers of their files with them, which a start without models does not need. */
async function loadFlavor(mlModel: MlModel, folder: ModelFolder, maxBytes: number): Promise<LoadedModel> {
  if (mlModel.flavors.has('onnx')) return (await import('./onnx-flavor.js')).loadOnnx(mlModel, folder, maxBytes);
  if (mlModel.flavors.has('sklearn')) return (await import('./sklearn-flavor.js')).loadSklearn(mlModel, folder, maxBytes);
  throw new UnservableModel(
    `The model has the ${flavorsOf(mlModel)}, which is not served. Log it with mlflow.sklearn.log_model (random forests, extra trees, decision trees) or convert it and log it with mlflow.onnx.log_model.`,
  );
}

function flavorsOf({ flavors }: MlModel): string {
  const own = [...flavors.keys()].filter((name) => name !== 'python_function');
  if (own.length > 0) return `flavor ${own.join(', ')}`;
  return `flavor python_function (${textSetting(flavors.get('python_function'), 'loader_module') ?? 'no loader'})`;
}
