import { UnservableModel } from '../../errors.js';
import { ATTRIBUTE, FUNCTION, type Field, GRAPH, MODEL, NODE, TENSOR, concat, fieldsOf, message, textsOf } from './onnx-proto.js';

/** Reads a file that lies beside the model file. */
export type ReadSibling = (name: string) => Promise<Uint8Array>;

const MAX_DEPTH = 32;

/**
 * Takes the weights that `mlflow.onnx` saves beside the model file into the graph, so that the runtime never opens a file
 * of a model's choice. Throws UnservableModel for external data elsewhere than in the graph's own initializers.
 */
export async function inlineWeights(graph: Uint8Array, readSibling: ReadSibling): Promise<Uint8Array> {
  const fields = fieldsOf(graph);
  if (!fields.some(isExternal)) return graph;
  const files = new Map<string, Promise<Uint8Array>>();
  const read = (name: string) => files.get(name) ?? files.set(name, readSibling(name)).get(name)!;
  return concat(await Promise.all(fields.map(async (field) => (isExternal(field) ? message(GRAPH.initializer, await inlined(field.bytes!, read)) : field.raw))));
}

/** Throws UnservableModel where any tensor of a model still points out of the file. */
export function refuseExternalData(model: readonly Field[]): void {
  for (const { number, bytes } of model) {
    if (!bytes) continue;
    if (number === MODEL.graph) checkGraph(bytes, 0);
    if (number === MODEL.trainingInfo) for (const part of fieldsOf(bytes)) if (part.bytes && part.number <= 2) checkGraph(part.bytes, 0);
    if (number === MODEL.functions) checkFunction(bytes);
  }
}

const isExternal = ({ number, bytes }: Field): boolean => number === GRAPH.initializer && bytes !== undefined && pointsOut(bytes);

const pointsOut = (tensor: Uint8Array): boolean => fieldsOf(tensor).some(({ number, value }) => number === TENSOR.externalData || (number === TENSOR.dataLocation && value === 1));

async function inlined(tensor: Uint8Array, read: ReadSibling): Promise<Uint8Array> {
  const fields = fieldsOf(tensor);
  const name = textsOf(fields, TENSOR.name)[0] ?? '';
  const entries = fields.filter(({ number }) => number === TENSOR.externalData).map(({ bytes }) => fieldsOf(bytes));
  const { location, offset = '0', length } = Object.fromEntries(entries.map((entry) => [textsOf(entry, 1)[0], textsOf(entry, 2)[0]]));
  if (!location || /[/\\]|^\.\.?$/.test(location)) throw new UnservableModel(`The ONNX model keeps the tensor '${name}' in ${JSON.stringify(location)}, which is no file beside the model.`);
  const file = await read(location);
  const [start, size] = [Number(offset), length === undefined ? file.length - Number(offset) : Number(length)];
  const fits = Number.isSafeInteger(start) && Number.isSafeInteger(size) && start >= 0 && size >= 0 && start + size <= file.length;
  if (!fits) throw new UnservableModel(`The ONNX model's tensor '${name}' reaches beyond the end of '${location}'.`);
  const kept = fields.filter(({ number }) => number !== TENSOR.externalData && number !== TENSOR.dataLocation && number !== TENSOR.rawData);
  return concat([...kept.map(({ raw }) => raw), message(TENSOR.rawData, file.subarray(start, start + size))]);
}

function checkGraph(graph: Uint8Array, depth: number): void {
  if (depth > MAX_DEPTH) throw new UnservableModel(`The ONNX model nests graphs more than ${MAX_DEPTH} deep.`);
  for (const { number, bytes } of fieldsOf(graph)) {
    if (!bytes) continue;
    if (number === GRAPH.node) checkNode(bytes, depth);
    if (number === GRAPH.initializer) checkTensor(bytes);
    if (number === GRAPH.sparseInitializer) checkSparse(bytes);
  }
}

function checkFunction(bytes: Uint8Array): void {
  for (const part of fieldsOf(bytes)) {
    if (part.number === FUNCTION.node && part.bytes) checkNode(part.bytes, 0);
    if (part.number === FUNCTION.attributeProto && part.bytes) checkAttribute(part.bytes, 0);
  }
}

function checkNode(node: Uint8Array, depth: number): void {
  for (const { number, bytes } of fieldsOf(node)) if (number === NODE.attribute && bytes) checkAttribute(bytes, depth);
}

function checkAttribute(attribute: Uint8Array, depth: number): void {
  for (const { number, bytes } of fieldsOf(attribute)) {
    if (!bytes) continue;
    if (number === ATTRIBUTE.tensor || number === ATTRIBUTE.tensors) checkTensor(bytes);
    if (number === ATTRIBUTE.sparseTensor || number === ATTRIBUTE.sparseTensors) checkSparse(bytes);
    if (number === ATTRIBUTE.graph || number === ATTRIBUTE.graphs) checkGraph(bytes, depth + 1);
  }
}

/** Its values and its indices are tensors. */
function checkSparse(sparse: Uint8Array): void {
  for (const { bytes, number } of fieldsOf(sparse)) if (bytes && number <= 2) checkTensor(bytes);
}

function checkTensor(tensor: Uint8Array): void {
  if (pointsOut(tensor)) throw new UnservableModel('The ONNX model keeps tensors of a node in another file (external data), which is not served; log it with mlflow.onnx.log_model(..., save_as_external_data=False).');
}
