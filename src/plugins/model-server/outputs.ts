import { fromHalf } from './float16.js';
import { type TensorData, sizeOf } from './tensor.js';

/** A tensor's values as JSON can hold them: bigints as numbers, bools as booleans, half precision as numbers. NaN turns to null when it is written. */
export function plainValues({ type, data }: TensorData): (number | string | boolean)[] {
  switch (type) {
    case 'int64':
    case 'uint64':
      return Array.from(data as BigInt64Array, Number);
    case 'bool':
      return Array.from(data as Uint8Array, (value) => value !== 0);
    case 'float16':
      return Array.from(data as Uint16Array, fromHalf);
    default:
      return Array.from(data as ArrayLike<number | string>);
  }
}

/** A tensor as nested lists in its own shape; one without dimensions as a single value. */
export function nestedValues(tensor: TensorData): unknown {
  const values = plainValues(tensor);
  return tensor.dims.length === 0 ? values[0] : nest(values, tensor.dims, 0, values.length);
}

/** What each row of a tensor holds: a value where a row has one, else nested lists. */
export function rowValues(tensor: TensorData): unknown[] {
  const values = plainValues(tensor);
  const [rows = values.length, ...inner] = tensor.dims;
  if (sizeOf(inner) === 1) return values;
  return nest(values, [rows, ...inner], 0, values.length) as unknown[];
}

function nest(values: readonly unknown[], dims: readonly number[], start: number, end: number): unknown {
  const [size = 0, ...inner] = dims;
  if (inner.length === 0) return values.slice(start, end);
  const step = size === 0 ? 0 : (end - start) / size;
  return Array.from({ length: size }, (_, index) => nest(values, inner, start + index * step, start + (index + 1) * step));
}
