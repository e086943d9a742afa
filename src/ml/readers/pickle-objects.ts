import { UnsupportedModelError } from '../errors.js';
import { roleOf } from './globals.js';
import { elements, makeArray, parseDType } from './ndarray.js';
import { isKind, type DType, type NdArray, type ObjectRecord, type Value } from './values.js';

const fault = (what: string) => new UnsupportedModelError(what, `The model file is not a readable pickle: ${what}.`);

/** A node of scikit-learn's trees has eight. */
const MAX_FIELDS = 64;

/** The value that a reduced object stands for; a record of class and arguments where it is no plain value. */
export function construct(name: string, args: Value[]): Value {
  switch (roleOf(name)) {
    case 'reconstruct': return emptyArray();
    case 'frombuffer': return fromBuffer(args);
    case 'scalar': return scalar(args);
    case 'dtype': return dtype(args);
    case 'encode': return encode(args);
    case 'copyreg': return fromCopyreg(args);
    case 'container': return container(name, args);
    default: return { kind: 'object', className: name, args };
  }
}

/** Sets the state of an object: an array's shape and bytes, a type's fields, or a record's attributes. */
export function applyState(target: Value, state: Value): void {
  if (isKind(target, 'ndarray')) return setArrayState(target, state);
  if (isKind(target, 'dtype')) return setTypeState(target, state);
  if (isKind(target, 'object')) return setObjectState(target, state);
  throw fault('it sets the state of something that is no object');
}

const emptyArray = (): NdArray => ({ kind: 'ndarray', dtype: parseDType('f8'), shape: [0], fortran: false, bytes: new Uint8Array() });

function setArrayState(array: NdArray, state: Value): void {
  if (!Array.isArray(state) || state.length !== 5) throw fault('an array has a state of another shape than (version, shape, type, order, data)');
  const [, shape, type, fortran, data] = state;
  if (!Array.isArray(shape) || !isKind(type, 'dtype') || typeof fortran !== 'boolean') throw fault('an array has a damaged state');
  if (!(data instanceof Uint8Array) && !Array.isArray(data)) throw fault('an array has no data');
  Object.assign(array, makeArray(type, shape, fortran, data));
}

function fromBuffer(args: Value[]): NdArray {
  const [data, type, shape, order] = args;
  if (!(data instanceof Uint8Array) || !isKind(type, 'dtype')) throw fault('an array has a damaged buffer');
  return makeArray(type, Array.isArray(shape) ? shape : [shape ?? 0], order === 'F', data);
}

function scalar([type, data]: Value[]): Value {
  if (!isKind(type, 'dtype') || !(data instanceof Uint8Array)) throw fault('a number of numpy has a damaged state');
  return elements(makeArray(type, [1], false, data))[0] as Value;
}

function dtype([code]: Value[]): DType {
  if (typeof code !== 'string') throw fault('an array type has no code');
  return parseDType(code);
}

function setTypeState(type: DType, state: Value): void {
  if (!Array.isArray(state) || state.length < 7) throw fault('an array type has a damaged state');
  const [, order, , names, fields, itemSize] = state;
  type.littleEndian = order !== '>';
  if (!Array.isArray(names) || !(fields instanceof Map)) return;
  if (names.length > MAX_FIELDS || typeof itemSize !== 'number' || !Number.isInteger(itemSize) || itemSize < 1) throw fault('an array type has a damaged state');
  type.fields = names.map((name) => fieldOf(name, fields.get(name)));
  type.itemSize = itemSize;
}

function fieldOf(name: Value, entry: Value | undefined): NonNullable<DType['fields']>[number] {
  const [type, offset] = Array.isArray(entry) ? entry : [];
  if (typeof name !== 'string' || !isKind(type, 'dtype') || typeof offset !== 'number' || !Number.isInteger(offset)) throw fault('an array type has a damaged field');
  return { name, dtype: type, offset };
}

function setObjectState(record: ObjectRecord, state: Value): void {
  const [first, second] = Array.isArray(state) && state.length === 2 ? state : [state];
  record.state = first instanceof Map ? first : second instanceof Map ? second : state;
}

/** `_codecs.encode(text, 'latin1')`: how protocol 2 spells bytes. */
function encode([text, codec]: Value[]): Uint8Array {
  if (typeof text !== 'string' || codec !== 'latin1') throw fault('it has bytes in another spelling than latin1');
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0xff) throw fault('it has bytes in another spelling than latin1');
    bytes[i] = text.charCodeAt(i);
  }
  return bytes;
}

function fromCopyreg([type]: Value[]): ObjectRecord {
  if (!isKind(type, 'class') || roleOf(type.name) !== 'estimator') throw fault('it rebuilds something that is no estimator');
  return { kind: 'object', className: type.name, args: [] };
}

function container(name: string, args: Value[]): Value {
  const [content] = args;
  if (name === 'builtins.set') return new Set(Array.isArray(content) ? content : []);
  if (name === 'builtins.bytearray') return content instanceof Uint8Array ? content : new Uint8Array();
  return new Map();
}
