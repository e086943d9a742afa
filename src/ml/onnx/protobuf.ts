import protobuf from 'protobufjs/minimal.js';

/* The part of onnx.proto that a graph of ours needs, written field by field; the numbers are those of onnx.proto. */

export type ElementType = 'float32' | 'uint8' | 'int64' | 'float64';

const ELEMENT_TYPES: Readonly<Record<ElementType, number>> = { float32: 1, uint8: 2, int64: 7, float64: 11 };
const ATTRIBUTE_TYPES = { int: 2, tensor: 4, ints: 7 } as const;

export interface OnnxTensor {
  name?: string;
  type: ElementType;
  dims: number[];
  data: Float32Array | Uint8Array | BigInt64Array | Float64Array;
}

export type Attribute = number | OnnxTensor | ArrayLike<number>;

export interface OnnxNode {
  op: string;
  domain?: string;
  inputs: string[];
  outputs: string[];
  attributes?: Record<string, Attribute>;
}

export interface ValueInfo {
  name: string;
  type: ElementType;
  /** A text is a named dimension, such as the number of rows. */
  dims: (number | string)[];
}

export interface OnnxGraph {
  nodes: OnnxNode[];
  inputs: ValueInfo[];
  outputs: ValueInfo[];
  initializers: OnnxTensor[];
}

type Writer = protobuf.Writer;

/** A model as the bytes of an ONNX file: IR version 9, opset 18 and version 5 of the machine-learning operators. */
export function writeOnnx(graph: OnnxGraph): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32(tag(1, 0)).int64(9);
  writer.uint32(tag(2, 2)).string('taller');
  message(writer, 7, (w) => writeGraph(w, graph));
  message(writer, 8, (w) => w.uint32(tag(1, 2)).string('').uint32(tag(2, 0)).int64(18));
  message(writer, 8, (w) => w.uint32(tag(1, 2)).string('ai.onnx.ml').uint32(tag(2, 0)).int64(5));
  return writer.finish();
}

const tag = (field: number, wireType: number): number => (field << 3) | wireType;

function message(writer: Writer, field: number, write: (writer: Writer) => void): void {
  writer.uint32(tag(field, 2)).fork();
  write(writer);
  writer.ldelim();
}

function writeGraph(writer: Writer, graph: OnnxGraph): void {
  for (const node of graph.nodes) message(writer, 1, (w) => writeNode(w, node));
  writer.uint32(tag(2, 2)).string('model');
  for (const tensor of graph.initializers) message(writer, 5, (w) => writeTensor(w, tensor));
  for (const input of graph.inputs) message(writer, 11, (w) => writeValueInfo(w, input));
  for (const output of graph.outputs) message(writer, 12, (w) => writeValueInfo(w, output));
}

function writeNode(writer: Writer, node: OnnxNode): void {
  for (const input of node.inputs) writer.uint32(tag(1, 2)).string(input);
  for (const output of node.outputs) writer.uint32(tag(2, 2)).string(output);
  writer.uint32(tag(4, 2)).string(node.op);
  for (const [name, value] of Object.entries(node.attributes ?? {})) message(writer, 5, (w) => writeAttribute(w, name, value));
  if (node.domain) writer.uint32(tag(7, 2)).string(node.domain);
}

function writeAttribute(writer: Writer, name: string, value: Attribute): void {
  writer.uint32(tag(1, 2)).string(name);
  if (typeof value === 'number') {
    writer.uint32(tag(3, 0)).int64(value).uint32(tag(20, 0)).int32(ATTRIBUTE_TYPES.int);
  } else if ('dims' in value) {
    message(writer, 5, (w) => writeTensor(w, value));
    writer.uint32(tag(20, 0)).int32(ATTRIBUTE_TYPES.tensor);
  } else {
    message(writer, 8, (w) => {
      for (let i = 0; i < value.length; i++) w.int64(value[i]!);
    });
    writer.uint32(tag(20, 0)).int32(ATTRIBUTE_TYPES.ints);
  }
}

function writeTensor(writer: Writer, { name, type, dims, data }: OnnxTensor): void {
  for (const dim of dims) writer.uint32(tag(1, 0)).int64(dim);
  writer.uint32(tag(2, 0)).int32(ELEMENT_TYPES[type]);
  if (name) writer.uint32(tag(8, 2)).string(name);
  writer.uint32(tag(9, 2)).bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeValueInfo(writer: Writer, { name, type, dims }: ValueInfo): void {
  writer.uint32(tag(1, 2)).string(name);
  message(writer, 2, (valueType) => message(valueType, 1, (tensor) => {
    tensor.uint32(tag(1, 0)).int32(ELEMENT_TYPES[type]);
    message(tensor, 2, (shape) => {
      for (const dim of dims) message(shape, 1, (w) => void (typeof dim === 'number' ? w.uint32(tag(1, 0)).int64(dim) : w.uint32(tag(2, 2)).string(dim)));
    });
  }));
}
