import { ATTRIBUTE, type Field, GRAPH, NODE, concat, fieldsOf, intsOf, message, textsOf, varint } from './onnx-proto.js';

/** An output that pairs each class with its probability, computed from a tensor of the graph. */
export interface ZipMap {
  output: string;
  tensor: string;
  classes: readonly (number | string)[];
}

/** Takes the ZipMaps off a graph's end, so that their tensors become outputs: the runtime gives out no lists of maps. */
export function cutZipMaps(graph: Uint8Array): { graph: Uint8Array; zipMaps: ZipMap[] } {
  const fields = fieldsOf(graph);
  const outputs = fields.filter(({ number }) => number === GRAPH.output).map(outputName);
  const zips = new Map(fields.flatMap((field) => (field.number === GRAPH.node ? zipMapOf(field) : [])));
  const zipMaps = [...zips.values()].filter(({ output }) => outputs.includes(output));
  if (zipMaps.length === 0) return { graph, zipMaps };
  const kept = fields.flatMap((field) => {
    if (field.number === GRAPH.node) return zipMaps.includes(zips.get(field)!) ? [] : [field.raw];
    const zip = field.number === GRAPH.output && zipMaps.find(({ output }) => output === outputName(field));
    if (!zip) return [field.raw];
    return outputs.includes(zip.tensor) ? [] : [message(GRAPH.output, floatTensor(zip.tensor))];
  });
  return { graph: concat(kept), zipMaps };
}

const outputName = ({ bytes }: Field): string => textsOf(fieldsOf(bytes), 1)[0] ?? '';

function zipMapOf(field: Field): [Field, ZipMap][] {
  const node = fieldsOf(field.bytes);
  const [[tensor], [output], [opType]] = [textsOf(node, NODE.input), textsOf(node, NODE.output), textsOf(node, NODE.opType)];
  if (opType !== 'ZipMap' || tensor === undefined || output === undefined) return [];
  const attributes = node.filter(({ number }) => number === NODE.attribute).map(({ bytes }) => fieldsOf(bytes));
  const classes = attributes.flatMap((attribute) => [...textsOf(attribute, ATTRIBUTE.strings), ...intsOf(attribute, ATTRIBUTE.ints)]);
  return [[field, { output, tensor, classes }]];
}

/** A ValueInfoProto: a name, and the type of a float tensor whose shape stays open. */
function floatTensor(name: string): Uint8Array {
  const float = 1;
  const tensorType = message(1, varint(1, float));
  return concat([message(1, new TextEncoder().encode(name)), message(2, tensorType)]);
}
