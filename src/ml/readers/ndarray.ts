import { UnsupportedModelError } from '../errors.js';
import type { DType, NdArray, Value } from './values.js';

/** NumPy's own bound. */
const MAX_AXES = 64;

const refuse = (what: string) => new UnsupportedModelError(what, `The model file holds ${what}, which is not read.`);

/** A type from NumPy's short code, `<f8` or `f8`. Throws UnsupportedModelError for codes that no model needs. */
export function parseDType(text: string): DType {
  const parts = /^([<>|=]?)([?bBhHiIlLqQfdOSUV]|[biufSUVO])(\d*)$/.exec(text);
  if (!parts) throw refuse(`the array type "${text.slice(0, 50)}"`);
  const [, order, letter = '', digits] = parts;
  if (letter === '?') return { kind: 'dtype', code: 'b1', littleEndian: true, itemSize: 1 };
  const size = Number(digits || (letter === 'O' ? 8 : 0));
  const numeric = 'biuf'.includes(letter);
  if (numeric && ![1, 2, 4, 8].includes(size)) throw refuse(`the array type "${text}"`);
  if (size > 2 ** 20) throw refuse(`the array type "${text}", of more than 1 MiB an element`);
  return { kind: 'dtype', code: letter === 'O' ? 'O' : `${letter}${size}`, littleEndian: order !== '>', itemSize: letter === 'U' ? size * 4 : size };
}

/** An array over given bytes, whose number must be what shape and type ask for: nothing is allocated on a claim. */
export function makeArray(dtype: DType, shape: readonly Value[], fortran: boolean, data: Uint8Array | Value[]): NdArray {
  if (shape.length > MAX_AXES) throw refuse(`an array of ${shape.length} axes`);
  let count = 1;
  for (const length of shape) {
    if (typeof length !== 'number' || !Number.isInteger(length) || length < 0) throw refuse('an array with an impossible shape');
    count *= length;
  }
  const dims = shape as number[];
  if (Array.isArray(data)) {
    if (dtype.code !== 'O' || data.length !== count) throw refuse(`an array of shape [${dims.join(', ')}] over ${data.length} objects`);
    return { kind: 'ndarray', dtype, shape: dims, fortran, bytes: new Uint8Array(), objects: data };
  }
  if (dtype.code === 'O' || count * dtype.itemSize !== data.length) throw refuse(`an array of shape [${dims.join(', ')}] and type ${dtype.code} over ${data.length} bytes`);
  return { kind: 'ndarray', dtype: { ...dtype }, shape: dims, fortran, bytes: data };
}

type Element = number | bigint | boolean | string;

/** The elements in C order (one axis, or Fortran order of one axis), by the array's type. */
export function elements(array: NdArray): Element[] | Value[] {
  if (array.objects) return array.objects;
  const { dtype, bytes } = array;
  const read = reader(dtype);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = dtype.itemSize === 0 ? 0 : bytes.length / dtype.itemSize;
  const out: Element[] = new Array(count);
  for (let i = 0; i < count; i++) out[i] = read(view, i * dtype.itemSize);
  return array.fortran && array.shape.length > 1 ? toCOrder(out, array.shape) : out;
}

/** One field of a structured array, as numbers. */
export function fieldNumbers(array: NdArray, name: string): Float64Array | undefined {
  const field = array.dtype.fields?.find((candidate) => candidate.name === name);
  if (!field) return undefined;
  if (field.offset < 0 || field.offset + field.dtype.itemSize > array.dtype.itemSize) throw refuse(`an array whose field "${name}" lies outside its element`);
  const read = reader(field.dtype);
  const view = new DataView(array.bytes.buffer, array.bytes.byteOffset, array.bytes.byteLength);
  const count = array.bytes.length / array.dtype.itemSize;
  const out = new Float64Array(count);
  for (let i = 0; i < count; i++) out[i] = Number(read(view, i * array.dtype.itemSize + field.offset));
  return out;
}

/** All elements as doubles, in C order. Throws UnsupportedModelError for an array of objects. */
export function numbers(array: NdArray): Float64Array {
  if (array.objects) throw refuse('an array of objects where numbers belong');
  const isPlain = array.dtype.code === 'f8' && array.dtype.littleEndian && !array.objects && !(array.fortran && array.shape.length > 1);
  return isPlain ? new Float64Array(Uint8Array.from(array.bytes).buffer) : Float64Array.from(elements(array) as (number | bigint)[], Number);
}

function reader({ code, littleEndian: little, itemSize }: DType): (view: DataView, offset: number) => Element {
  switch (code) {
    case 'f8': return (view, at) => view.getFloat64(at, little);
    case 'f4': return (view, at) => view.getFloat32(at, little);
    case 'i8': return (view, at) => small(view.getBigInt64(at, little));
    case 'u8': return (view, at) => small(view.getBigUint64(at, little));
    case 'i4': return (view, at) => view.getInt32(at, little);
    case 'u4': return (view, at) => view.getUint32(at, little);
    case 'i2': return (view, at) => view.getInt16(at, little);
    case 'u2': return (view, at) => view.getUint16(at, little);
    case 'i1': return (view, at) => view.getInt8(at);
    case 'u1': return (view, at) => view.getUint8(at);
    case 'b1': return (view, at) => view.getUint8(at) !== 0;
  }
  if (code.startsWith('U')) return (view, at) => utf32(view, at, itemSize, little);
  if (code.startsWith('S')) return (view, at) => new TextDecoder('latin1').decode(new Uint8Array(view.buffer, view.byteOffset + at, itemSize)).replace(/\0+$/, '');
  throw refuse(`an array of type ${code}`);
}

const small = (value: bigint): number | bigint => (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value);

function utf32(view: DataView, offset: number, size: number, little: boolean): string {
  let text = '';
  for (let i = 0; i < size; i += 4) {
    const point = view.getUint32(offset + i, little);
    if (point > 0x10ffff) throw refuse('a text with an impossible character');
    text += String.fromCodePoint(point);
  }
  return text.replace(/\0+$/, '');
}

function toCOrder<T>(values: T[], shape: readonly number[]): T[] {
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, 1));
  return values.map((_, position) => {
    let rest = position;
    let source = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return values[source]!;
  });
}
