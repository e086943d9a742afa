import { UnservableModel } from '../../errors.js';
import { createInputReader } from './input-reader.js';
import type { LoadedModel, RowPrediction, Tensors } from './loaded-model.js';
import { type MlModel, textSetting } from './mlmodel.js';
import type { ModelFolder } from './model-folder.js';
import { readOnnxFile } from './onnx-file.js';
import type { ZipMap } from './onnx-zipmap.js';
import { nestedValues, plainValues, rowValues } from './outputs.js';
import { type Session, openSession } from './runtime.js';
import { classified } from './sklearn-flavor.js';
import type { Schema } from './signature.js';
import type { GraphTensor } from './tensor.js';

/** One output as its model's file names it, and where its values come from. */
interface Output {
  name: string;
  tensor: string;
  zipMap?: ZipMap;
}

/** Loads a model of the ONNX flavor. Throws UnservableModel. */
export async function loadOnnx(mlModel: MlModel, folder: ModelFolder, maxBytes: number): Promise<LoadedModel> {
  const config = mlModel.flavors.get('onnx')!;
  const path = textSetting(config, 'data') ?? textSetting(mlModel.flavors.get('python_function'), 'data') ?? 'model.onnx';
  const beside = path.slice(0, path.lastIndexOf('/') + 1);
  const { onnx, zipMaps } = await readOnnxFile(await folder.read(path, maxBytes), (name) => folder.read(`${beside}${name}`, maxBytes));
  const session = await openSession(onnx);
  try {
    return served({ session, zipMaps, schema: mlModel.signature?.inputs, bytes: onnx.length, version: textSetting(config, 'onnx_version') });
  } catch (error) {
    await session.close();
    throw error;
  }
}

interface Parts {
  session: Session;
  zipMaps: readonly ZipMap[];
  schema: Schema | undefined;
  bytes: number;
  version: string | undefined;
}

function served({ session, zipMaps, schema, bytes, version }: Parts): LoadedModel {
  if (session.inputs.length === 0) throw new UnservableModel('The ONNX model has no input.');
  const outputs = outputsOf(session.outputs, zipMaps);
  const names = [...new Set(outputs.map(({ tensor }) => tensor))];
  const task = taskOf(outputs, session.outputs);
  return {
    flavor: 'onnx',
    task,
    library: { name: 'onnx', version },
    bytes,
    readInput: createInputReader(schema, { inputs: session.inputs, rule: { nan: true, infinity: true } }),
    async invoke(feeds, framed) {
      const tensors = await session.run(feeds, names);
      return framed ? records(outputs, tensors) : Object.fromEntries(outputs.map((output) => [output.name, wholeValue(output, tensors)]));
    },
    async predict(feeds) {
      return rowPredictions(outputs, await session.run(feeds, names), task);
    },
    close: () => session.close(),
  };
}

/** The graph's outputs with the ZipMaps back in their place. */
function outputsOf(tensors: readonly GraphTensor[], zipMaps: readonly ZipMap[]): Output[] {
  return tensors.flatMap(({ name }) => {
    const zips = zipMaps.filter(({ tensor }) => tensor === name);
    return zips.length > 0 ? zips.map((zipMap) => ({ name: zipMap.output, tensor: name, zipMap })) : [{ name, tensor: name }];
  });
}

/** A label and its classes' probabilities, or one float a row; anything else has no task. */
function taskOf(outputs: readonly Output[], tensors: readonly GraphTensor[]): LoadedModel['task'] {
  const [first] = tensors;
  if (!first) return undefined;
  const isLabel = first.type === 'int64' || first.type === 'string' || first.type === 'bool';
  if (outputs.length === 2 && isLabel && outputs[1]!.zipMap) return 'classifier';
  const single = first.dims === undefined || first.dims.length === 1 || (first.dims.length === 2 && first.dims[1] === 1);
  return outputs.length === 1 && first.type.startsWith('float') && single && !outputs[0]!.zipMap ? 'regressor' : undefined;
}

/** MLflow's answer to a DataFrame: every output flat, as one column. */
function records(outputs: readonly Output[], tensors: Tensors): Record<string, unknown>[] {
  const flat = outputs.map((output) => (output.zipMap ? maps(output.zipMap, tensors) : plainValues(tensors[output.tensor]!)));
  const equal = flat.every(({ length }) => length === flat[0]!.length);
  /* Where flat columns differ in length, MLflow has no answer: each row then keeps its part of every output. */
  const columns = equal ? flat : outputs.map((output, index) => (output.zipMap ? flat[index]! : rowValues(tensors[output.tensor]!)));
  return Array.from({ length: columns[0]?.length ?? 0 }, (_, row) => Object.fromEntries(outputs.map(({ name }, index) => [name, columns[index]![row]])));
}

const wholeValue = ({ tensor, zipMap }: Output, tensors: Tensors): unknown => (zipMap ? maps(zipMap, tensors) : nestedValues(tensors[tensor]!));

function maps({ tensor, classes }: ZipMap, tensors: Tensors): Record<string, number>[] {
  const flat = plainValues(tensors[tensor]!) as number[];
  const rows = classes.length === 0 ? 0 : flat.length / classes.length;
  return Array.from({ length: rows }, (_, row) => Object.fromEntries(classes.map((label, index) => [String(label), flat[row * classes.length + index]!])));
}

function rowPredictions(outputs: readonly Output[], tensors: Tensors, task: LoadedModel['task']): RowPrediction[] {
  const [first, second] = outputs;
  if (task === 'classifier') return classified(plainValues(tensors[first!.tensor]!), plainValues(tensors[second!.tensor]!) as number[], second!.zipMap!.classes);
  if (task === 'regressor') return plainValues(tensors[first!.tensor]!).map((value) => ({ value: value as number }));
  const columns = outputs.map((output) => (output.zipMap ? maps(output.zipMap, tensors) : rowValues(tensors[output.tensor]!)));
  return Array.from({ length: columns[0]?.length ?? 0 }, (_, row) => ({ outputs: Object.fromEntries(outputs.map(({ name }, index) => [name, columns[index]![row]])) }));
}
