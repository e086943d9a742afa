/* Pickles of protocol 4 assembled by hand: what Python's pickler would never write can be written here. */

/** Opcodes that leave one value on the stack. */
export type Code = Buffer;

const code = (...parts: (string | Uint8Array | number[])[]): Code => Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))));

function sized(opcode: string, bytes: Uint8Array): Code {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return code(opcode, length, bytes);
}

function int(value: number): Code {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return code('J', bytes);
}

export const raw = code;
export const repeat = (each: Code, times: number): Code => Buffer.alloc(each.length * times, each);
export const text = (value: string): Code => sized('X', Buffer.from(value));
export const block = (bytes: Uint8Array): Code => sized('B', bytes);
export const number = int;
export const none = code('N');
export const no = code([0x89]);
export const tuple = (...items: Code[]): Code => code('(', ...items, 't');
export const list = (...items: Code[]): Code => code('](', ...items, 'e');
export const dict = (entries: Record<string, Code>): Code => code('}(', ...Object.entries(entries).flatMap(([key, value]) => [text(key), value]), 'u');
export const reference = (module: string, name: string): Code => code(text(module), text(name), [0x93]);
export const call = (callee: Code, ...args: Code[]): Code => code(callee, tuple(...args), 'R');
export const build = (target: Code, state: Code): Code => code(target, state, 'b');
export const keep = (value: Code, index: number): Code => code(value, 'q', [index]);
export const again = (index: number): Code => code('h', [index]);
export const file = (value: Code): Uint8Array => code([0x80, 4], value, '.');

export const dtype = (name: string): Code => call(reference('numpy', 'dtype'), text(name));

export function array(type: Code, shape: Code, data: Code): Code {
  const empty = call(reference('numpy.core.multiarray', '_reconstruct'), reference('numpy', 'ndarray'), tuple(number(0)), block(Buffer.from('b')));
  return build(empty, tuple(number(1), shape, type, no, data));
}

export interface NodeRow {
  left: number;
  right: number;
  feature?: number;
  threshold?: number;
}

/** A structured type of four eight-byte fields; `child` is the type of the two links. */
function nodeType(child: string): Code {
  const fields: [string, string][] = [['left_child', child], ['right_child', child], ['feature', 'i8'], ['threshold', 'f8']];
  const places = Object.fromEntries(fields.map(([name, type], i) => [name, tuple(dtype(type), number(8 * i))]));
  return build(dtype('V32'), tuple(number(3), text('|'), none, tuple(...fields.map(([name]) => text(name))), dict(places), number(32), number(1), number(16)));
}

export function nodes(rows: readonly NodeRow[], child: 'i8' | 'f8' = 'i8'): Code {
  const bytes = Buffer.alloc(32 * rows.length);
  const write = child === 'i8' ? (value: number, at: number) => bytes.writeBigInt64LE(BigInt(value), at) : (value: number, at: number) => bytes.writeDoubleLE(value, at);
  rows.forEach(({ left, right, feature = 0, threshold = 0 }, i) => {
    write(left, 32 * i);
    write(right, 32 * i + 8);
    bytes.writeBigInt64LE(BigInt(feature), 32 * i + 16);
    bytes.writeDoubleLE(threshold, 32 * i + 24);
  });
  return array(nodeType(child), tuple(number(rows.length)), block(bytes));
}

export const values = (leaves: Float64Array): Code => array(dtype('f8'), tuple(number(leaves.length), number(1), number(1)), block(new Uint8Array(leaves.buffer)));

const treeObject = (nodeArray: Code, valueArray: Code): Code => build(call(reference('sklearn.tree._tree', 'Tree'), number(1)), dict({ nodes: nodeArray, values: valueArray }));

const object = (module: string, name: string, state: Record<string, Code>): Code => build(code(reference(module, name), ')', [0x81]), dict(state));

/** A DecisionTreeRegressor of one feature. */
export const regressor = (nodeArray: Code, valueArray: Code, more: Record<string, Code> = {}): Code =>
  object('sklearn.tree._classes', 'DecisionTreeRegressor', { n_features_in_: number(1), n_outputs_: number(1), _sklearn_version: text('1.9.1'), tree_: treeObject(nodeArray, valueArray), ...more });

export const forest = (...trees: Code[]): Code =>
  object('sklearn.ensemble._forest', 'RandomForestRegressor', { n_features_in_: number(1), n_outputs_: number(1), _sklearn_version: text('1.9.1'), estimators_: list(...trees) });
