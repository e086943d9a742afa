import { UnservableModel } from '../../errors.js';
import { type ParamSpec, parseParams } from './params.js';
import { COLUMN_TYPES, TENSOR_TYPES, type ValueType } from './value-types.js';

export interface ColumnSpec {
  /** Undefined in a signature whose columns have no names. */
  name?: string;
  type: ValueType;
  required: boolean;
}

export interface TensorSpec {
  name?: string;
  type: ValueType;
  /** -1 stands for a dimension of any size. */
  shape: readonly number[];
}

/** One kind for all entries: MLflow does not mix columns with tensors. */
export type Schema = { kind: 'columns'; columns: readonly ColumnSpec[]; named: boolean } | { kind: 'tensors'; tensors: readonly TensorSpec[]; named: boolean };

export interface Signature {
  inputs?: Schema;
  /** Only described, never enforced; undefined where it has types that are not described. */
  outputs?: Schema;
  params?: readonly ParamSpec[];
}

/** Reads MLmodel's `signature`, whose parts are texts of JSON. Throws UnservableModel naming what is not served. */
export function parseSignature(section: Record<string, unknown> | undefined): Signature | undefined {
  if (!section) return undefined;
  const [inputs, outputs, params] = [entries(section, 'inputs'), entries(section, 'outputs'), entries(section, 'params')];
  if (!inputs && !outputs && !params) return undefined;
  return {
    inputs: inputs && parseSchema(inputs),
    outputs: outputs && describedSchema(outputs),
    params: params && parseParams(params),
  };
}

/** `'petal width (cm)' (double), 'n' (long, optional)`: what a model expects, for messages. */
export function describeColumns(columns: readonly ColumnSpec[]): string {
  const shown = columns.slice(0, 50).map(({ name, type, required }) => `'${name}' (${type.name}${required ? '' : ', optional'})`);
  return shown.join(', ') + (columns.length > shown.length ? ` and ${columns.length - shown.length} more` : '');
}

function entries(section: Record<string, unknown>, part: string): Record<string, unknown>[] | undefined {
  const text = section[part];
  if (text === null || text === undefined) return undefined;
  const list = typeof text === 'string' ? parseJson(text, part) : text;
  const valid = Array.isArray(list) && list.every((entry) => typeof entry === 'object' && entry !== null);
  if (!valid) throw unservable(`its "${part}" must be a list of specifications`);
  return list.length > 0 ? (list as Record<string, unknown>[]) : undefined;
}

function parseJson(text: string, part: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unservable(`its "${part}" is not valid JSON`);
  }
}

function parseSchema(list: readonly Record<string, unknown>[]): Schema {
  const named = list.every(({ name }) => name !== undefined && name !== null);
  if (!named && list.some(({ name }) => name !== undefined && name !== null)) throw unservable('it mixes named with unnamed inputs');
  const tensors = list.filter(({ type }) => type === 'tensor').length;
  if (tensors !== 0 && tensors !== list.length) throw unservable('it mixes columns with tensors');
  const schema: Schema = tensors ? { kind: 'tensors', tensors: list.map(tensorSpec), named } : { kind: 'columns', columns: list.map(columnSpec), named };
  if (named) refuseDuplicates(list.map(({ name }) => String(name)));
  return schema;
}

function describedSchema(list: readonly Record<string, unknown>[]): Schema | undefined {
  try {
    return parseSchema(list);
  } catch {
    return undefined;
  }
}

function columnSpec(entry: Record<string, unknown>, index: number): ColumnSpec {
  const name = nameOf(entry);
  const type = typeof entry.type === 'string' && Object.hasOwn(COLUMN_TYPES, entry.type) ? COLUMN_TYPES[entry.type] : undefined;
  if (!type) throw unservable(`${labelOf(name, index)} has the type ${JSON.stringify(entry.type)}; served are ${Object.keys(COLUMN_TYPES).join(', ')} and tensors`);
  return { name, type, required: entry.required !== false && entry.optional !== true };
}

function tensorSpec(entry: Record<string, unknown>, index: number): TensorSpec {
  const name = nameOf(entry);
  const { dtype, shape } = (entry['tensor-spec'] ?? {}) as { dtype?: unknown; shape?: unknown };
  const type = typeof dtype === 'string' && Object.hasOwn(TENSOR_TYPES, dtype) ? TENSOR_TYPES[dtype] : undefined;
  if (!type) throw unservable(`${labelOf(name, index)} has the tensor type ${JSON.stringify(dtype)}; served are ${Object.keys(TENSOR_TYPES).join(', ')}`);
  if (!Array.isArray(shape) || !shape.every((size) => Number.isInteger(size) && size >= -1)) throw unservable(`${labelOf(name, index)} has the shape ${JSON.stringify(shape)}; it must be a list of sizes, -1 for any`);
  return { name, type, shape };
}

function refuseDuplicates(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw unservable(`it has the name '${twice}' twice`);
}

const nameOf = ({ name }: Record<string, unknown>): string | undefined => (name === undefined || name === null ? undefined : String(name));

const labelOf = (name: string | undefined, index: number): string => (name === undefined ? `entry ${index}` : `'${name}'`);

const unservable = (fault: string): Error => new UnservableModel(`The model's signature cannot be served: ${fault}.`);
