import { UnsupportedModelError } from '../errors.js';
import { makeArray, parseDType } from './ndarray.js';
import type { DType, NdArray } from './values.js';

/*
 * The .npy format (NumPy's format specification, versions 1 to 3): a magic word, a header in the spelling of a Python
 * dictionary, then the elements. The header is read by a pattern, never evaluated.
 */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const HEADER_LIMIT = 65_536;

const fault = (what: string) => new UnsupportedModelError(what, `The model file holds an array that cannot be read: ${what}.`);

/** Reads a .npy file. Throws UnsupportedModelError for arrays of objects and for damaged files. */
export function readNpy(bytes: Uint8Array): NdArray {
  if (bytes.length < 12 || MAGIC.some((byte, i) => bytes[i] !== byte)) throw fault('it has no .npy header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const short = bytes[6] === 1;
  const length = short ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = short ? 10 : 12;
  if (length > HEADER_LIMIT || start + length > bytes.length) throw fault('its header is cut off or too long');
  const header = new TextDecoder('latin1').decode(bytes.subarray(start, start + length));
  return makeArray(typeOf(header), shapeOf(header), /'fortran_order':\s*True/.test(header), bytes.subarray(start + length));
}

function shapeOf(header: string): number[] {
  const text = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  if (text === undefined) throw fault('its header has no shape');
  return text.split(',').map((part) => part.trim()).filter((part) => part !== '').map(Number);
}

function typeOf(header: string): DType {
  const simple = /'descr':\s*'([^']{1,40})'/.exec(header)?.[1];
  if (simple) return refuseObjects(parseDType(simple));
  const structured = /'descr':\s*(\[[^\]]*\])/.exec(header)?.[1];
  if (!structured) throw fault('its header has no type');
  return structuredType([...structured.matchAll(/\('([^']*)',\s*'([^']{1,40})'(?:,\s*\(([\d,\s]*)\))?\)/g)].map(([, name = '', code = '']) => ({ name, dtype: refuseObjects(parseDType(code)) })));
}

/** Fields one behind the other; a nameless or void field is padding. */
function structuredType(fields: readonly { name: string; dtype: DType }[]): DType {
  if (fields.length === 0) throw fault('its header has a type that is not read');
  let offset = 0;
  const placed = fields.map(({ name, dtype }) => {
    const field = { name, dtype, offset };
    offset += dtype.itemSize;
    return field;
  });
  return { kind: 'dtype', code: `V${offset}`, littleEndian: true, itemSize: offset, fields: placed.filter(({ name }) => name !== '') };
}

function refuseObjects(dtype: DType): DType {
  if (dtype.code === 'O') throw fault('it is an array of objects');
  return dtype;
}
