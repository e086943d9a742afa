/* The values that a reader rebuilds from a file: plain values, containers, arrays, and named records. Nothing of a file is ever imported, called or evaluated. */

/** A reference to a class or function by name; a name and nothing more. */
export interface ClassReference {
  kind: 'class';
  name: string;
}

/** An object of a class: the arguments it was made with and the state that was set on it, both as data. */
export interface ObjectRecord {
  kind: 'object';
  className: string;
  args: Value[];
  state?: Value;
}

export interface NdArray {
  kind: 'ndarray';
  dtype: DType;
  shape: number[];
  /** True when the first axis varies fastest. */
  fortran: boolean;
  /** The elements' bytes; of an array of objects, see `objects`. */
  bytes: Uint8Array;
  objects?: Value[];
}

export interface DType {
  kind: 'dtype';
  /** NumPy's code without the byte order, such as `f8`, `i8`, `U10`, `b1`, `O`, `V64`. */
  code: string;
  littleEndian: boolean;
  fields?: { name: string; dtype: DType; offset: number }[];
  itemSize: number;
}

export type Value = null | boolean | number | bigint | string | Uint8Array | Value[] | Map<Value, Value> | Set<Value> | ClassReference | ObjectRecord | NdArray | DType;

export const isKind = <K extends 'class' | 'object' | 'ndarray' | 'dtype'>(value: Value | undefined, kind: K): value is Extract<Value, { kind: K }> =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;

/** An attribute of an object's state; undefined where there is none. */
export function attribute(record: ObjectRecord, name: string): Value | undefined {
  return record.state instanceof Map ? record.state.get(name) : undefined;
}

/** How much there is of a text, block or container; 0 for any other value. */
export function sizeOf(value: Value | undefined): number {
  if (typeof value === 'string' || value instanceof Uint8Array || Array.isArray(value)) return value.length;
  return value instanceof Map || value instanceof Set ? value.size : 0;
}
