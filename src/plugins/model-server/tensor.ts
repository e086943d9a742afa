import type { Tensor } from 'onnxruntime-node';

export type TensorType = Exclude<Tensor.Type, 'int4' | 'uint4'>;

export type TensorArray = Tensor.DataTypeMap[TensorType];

/** A dense tensor in C order. */
export interface TensorData {
  type: TensorType;
  data: TensorArray;
  dims: readonly number[];
}

/** What a loaded model's graph says of one of its inputs or outputs. */
export interface GraphTensor {
  name: string;
  type: TensorType;
  /** -1 stands for a dimension of any size; undefined where the graph says nothing of the shape. */
  dims?: readonly number[];
}

const ALLOCATE: Readonly<Record<TensorType, (length: number) => TensorArray>> = {
  float16: (length) => new Uint16Array(length),
  float32: (length) => new Float32Array(length),
  float64: (length) => new Float64Array(length),
  int8: (length) => new Int8Array(length),
  int16: (length) => new Int16Array(length),
  int32: (length) => new Int32Array(length),
  int64: (length) => new BigInt64Array(length),
  uint8: (length) => new Uint8Array(length),
  uint16: (length) => new Uint16Array(length),
  uint32: (length) => new Uint32Array(length),
  uint64: (length) => new BigUint64Array(length),
  bool: (length) => new Uint8Array(length),
  string: (length) => new Array<string>(length).fill(''),
};

export const isTensorType = (type: string): type is TensorType => Object.hasOwn(ALLOCATE, type);

/** The storage of a tensor, filled with zeros or empty texts. */
export const allocate = (type: TensorType, length: number): TensorArray => ALLOCATE[type](length);

/** How many values a shape holds. */
export const sizeOf = (dims: readonly number[]): number => dims.reduce((size, dim) => size * dim, 1);

/** True when a shape agrees with a declared one, in which -1 stands for any size. */
export const dimsAgree = (dims: readonly number[], declared: readonly number[]): boolean =>
  dims.length === declared.length && declared.every((size, axis) => size === -1 || size === dims[axis]);

/** Dims as NumPy prints a shape: `(3,)`, `(-1, 4)`. */
export const showDims = (dims: readonly number[]): string => (dims.length === 1 ? `(${dims[0]},)` : `(${dims.join(', ')})`);
