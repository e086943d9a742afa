import protobuf from 'protobufjs/minimal.js';

/** One field of a protobuf message, read without a schema. */
export interface Field {
  number: number;
  /** The field with its tag, as it is in the file. */
  raw: Uint8Array;
  /** The bytes of a message or text. */
  bytes?: Uint8Array;
  /** The value of a varint. */
  value?: number;
}

/* Field numbers of onnx.proto. */
export const MODEL = { graph: 7, trainingInfo: 20, functions: 25 };
export const GRAPH = { node: 1, initializer: 5, output: 12, sparseInitializer: 15 };
export const NODE = { input: 1, output: 2, opType: 4, attribute: 5 };
export const ATTRIBUTE = { tensor: 5, graph: 6, ints: 8, strings: 9, tensors: 10, graphs: 11, sparseTensor: 22, sparseTensors: 23 };
export const FUNCTION = { node: 7, attributeProto: 11 };
export const TENSOR = { name: 8, rawData: 9, externalData: 13, dataLocation: 14 };

/** The fields of a message in their order. Throws RangeError where the bytes are no protobuf. */
export function fieldsOf(bytes: Uint8Array | undefined): Field[] {
  try {
    return readFields(bytes!);
  } catch {
    throw new RangeError('its bytes are no protobuf message');
  }
}

function readFields(bytes: Uint8Array): Field[] {
  const reader = protobuf.Reader.create(bytes);
  const fields: Field[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    const field: Omit<Field, 'raw'> = { number: tag >>> 3 };
    if ((tag & 7) === 2) field.bytes = reader.bytes();
    else if ((tag & 7) === 0) field.value = toNumber(reader.int64());
    else reader.skipType(tag & 7);
    fields.push({ ...field, raw: bytes.subarray(start, reader.pos) });
  }
  return fields;
}

/** All texts of one field. */
export const textsOf = (fields: readonly Field[], number: number): string[] =>
  fields.filter((field) => field.number === number && field.bytes).map(({ bytes }) => new TextDecoder().decode(bytes));

/** The values of a repeated int64, packed or not. */
export const intsOf = (fields: readonly Field[], number: number): number[] =>
  fields.filter((field) => field.number === number).flatMap(({ value, bytes }) => (bytes ? packedInts(bytes) : [value!]));

/** A field that holds a message or bytes. */
export const message = (number: number, bytes: Uint8Array): Uint8Array => protobuf.Writer.create().uint32((number << 3) | 2).bytes(bytes).finish();

/** A field that holds a small whole number. */
export const varint = (number: number, value: number): Uint8Array => protobuf.Writer.create().uint32(number << 3).uint32(value).finish();

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function packedInts(bytes: Uint8Array): number[] {
  const reader = protobuf.Reader.create(bytes);
  const values: number[] = [];
  while (reader.pos < reader.len) values.push(toNumber(reader.int64()));
  return values;
}

/* An int64 comes as a number, or as an object where the long library is there. */
const toNumber = (value: unknown): number => (typeof value === 'number' ? value : Number(String(value)));
