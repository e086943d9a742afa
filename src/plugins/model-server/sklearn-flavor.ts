import { UnservableModel } from '../../errors.js';
import { UnsupportedModelError } from '../../ml/errors.js';
import type { ClassLabel, OnnxModel, SklearnFormat } from '../../ml/sklearn/contract.js';
import { createInputReader } from './input-reader.js';
import type { LoadedModel, RowPrediction, Tensors } from './loaded-model.js';
import { type MlModel, textSetting } from './mlmodel.js';
import type { ModelFolder } from './model-folder.js';
import { nestedValues, plainValues } from './outputs.js';
import { type Session, openSession } from './runtime.js';
import type { ColumnSpec, Schema } from './signature.js';

const FORMATS: readonly string[] = ['pickle', 'cloudpickle', 'skops'] satisfies SklearnFormat[];
const PREDICT_FUNCTIONS = ['predict', 'predict_proba', 'predict_log_proba'];

/** Loads a model of the scikit-learn flavor: its file is read as data and becomes an ONNX graph. Throws UnservableModel. */
export async function loadSklearn(mlModel: MlModel, folder: ModelFolder, maxBytes: number): Promise<LoadedModel> {
  const config = mlModel.flavors.get('sklearn')!;
  const pyfunc = mlModel.flavors.get('python_function');
  const format = textSetting(config, 'serialization_format') ?? 'pickle';
  if (!FORMATS.includes(format)) throw new UnservableModel(`The model was saved in the format ${JSON.stringify(format)}; served are ${FORMATS.join(', ')}.`);
  const predictFunction = textSetting(pyfunc, 'predict_fn') ?? 'predict';
  if (!PREDICT_FUNCTIONS.includes(predictFunction)) throw new UnservableModel(`The model was logged with pyfunc_predict_fn=${JSON.stringify(predictFunction)}; served are ${PREDICT_FUNCTIONS.join(', ')}.`);
  const file = textSetting(config, 'pickled_model') ?? textSetting(pyfunc, 'model_path') ?? 'model.pkl';
  const model = await convert(await folder.read(file, maxBytes), format as SklearnFormat);
  const schema = orderedSchema(mlModel.signature?.inputs, model);
  const session = await openSession(model.onnx);
  try {
    return served({ model, session, schema, predictFunction, version: textSetting(config, 'sklearn_version') });
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function convert(bytes: Uint8Array, format: SklearnFormat): Promise<OnnxModel> {
  const { convertSklearn } = await import('../../ml/sklearn/index.js');
  try {
    return convertSklearn(bytes, format);
  } catch (error) {
    if (error instanceof UnsupportedModelError) throw new UnservableModel(error.message);
    throw error;
  }
}

interface Parts {
  model: OnnxModel;
  session: Session;
  schema: Schema | undefined;
  predictFunction: string;
  version: string | undefined;
}

function served({ model, session, schema, predictFunction, version }: Parts): LoadedModel {
  const { input, outputs, classes } = model;
  const rule = { nan: input.acceptsMissing === true, infinity: false };
  const graphInput = { name: input.name, type: input.type, dims: [-1, input.featureCount] };
  const isClassifier = model.task === 'classifier';
  if (predictFunction !== 'predict' && !outputs.probabilities) throw new UnservableModel(`The model was logged with pyfunc_predict_fn="${predictFunction}", but ${model.estimator} gives no probabilities.`);
  const invoked = predictFunction !== 'predict' ? outputs.probabilities! : isClassifier ? outputs.label! : outputs.value!;
  const wanted = isClassifier ? [outputs.label!, ...(outputs.probabilities ? [outputs.probabilities] : [])] : [outputs.value!];
  return {
    flavor: 'sklearn',
    estimator: model.estimator,
    task: model.task,
    library: { name: 'scikit-learn', version: model.libraryVersion ?? version },
    bytes: model.onnx.length,
    readInput: createInputReader(schema, { inputs: [graphInput], rule, featureNames: input.featureNames }),
    async invoke(feeds) {
      const tensors = await session.run(feeds, [invoked]);
      const tensor = tensors[invoked]!;
      if (predictFunction === 'predict') return isClassifier ? labelsOf(tensors, model) : plainValues(tensor);
      return nestedValues(predictFunction === 'predict_proba' ? tensor : { ...tensor, data: (tensor.data as Float64Array).map(Math.log) });
    },
    async predict(feeds) {
      const tensors = await session.run(feeds, wanted);
      if (!isClassifier) return plainValues(tensors[outputs.value!]!).map((value) => ({ value: value as number }));
      return classified(labelsOf(tensors, model), outputs.probabilities ? plainValues(tensors[outputs.probabilities]!) as number[] : undefined, classes!);
    },
    close: () => session.close(),
  };
}

function labelsOf(tensors: Tensors, { outputs, classes }: OnnxModel): ClassLabel[] {
  const indices = tensors[outputs.label!]!.data as BigInt64Array;
  return Array.from(indices, (index) => classes![Number(index)]!);
}

/** Labels with the probability of each class; `flat` is row by row in the order of the classes. */
export function classified(labels: readonly ClassLabel[], flat: readonly number[] | undefined, classes: readonly ClassLabel[]): RowPrediction[] {
  const names = classes.map(String);
  return labels.map((label, row) => {
    if (!flat) return { label };
    const probabilities: Record<string, number> = {};
    for (let index = 0; index < names.length; index++) probabilities[names[index]!] = flat[row * names.length + index]!;
    return { label, probabilities };
  });
}

/**
 * The signature's columns in the order of the features that the estimator was fitted with.
 * Throws UnservableModel where the two do not agree, as scikit-learn would for every request.
 */
function orderedSchema(schema: Schema | undefined, { input, estimator }: OnnxModel): Schema | undefined {
  if (schema?.kind !== 'columns') return schema;
  const { columns, named } = schema;
  if (columns.length !== input.featureCount) throw new UnservableModel(`The signature has ${columns.length} columns, but ${estimator} was fitted with ${input.featureCount} features.`);
  if (!named || !input.featureNames) return schema;
  const byName = new Map(columns.map((column) => [column.name, column]));
  const ordered = input.featureNames.map((name): ColumnSpec => {
    const column = byName.get(name);
    if (!column) throw new UnservableModel(`${estimator} was fitted with the feature '${name}', which the signature does not have.`);
    return column;
  });
  return { ...schema, columns: ordered };
}
