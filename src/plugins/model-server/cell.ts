import { InvalidParameterValue } from '../../errors.js';
import { toHalf } from './float16.js';
import type { TensorArray, TensorType } from './tensor.js';
import { TENSOR_TYPES, type ValueType } from './value-types.js';

/** A JSON value after the check against its declared type. An int64 beyond 2^53 is a bigint. */
export type Plain = number | bigint | boolean | string;

/** Where a value stands in the request, for messages: `row 3, column 'petal width (cm)'`. */
export type Place = () => string;

/** Which numbers a model takes besides those that are finite as float32. */
export interface NumberRule {
  nan: boolean;
  infinity: boolean;
}

/** False for a number that needs a look at the rule. */
export const isOrdinary = (value: number): boolean => Number.isFinite(Math.fround(value));

const SPECIAL: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };
const INT64_TEXT = /^-?\d{1,20}$/;

/** Checks one JSON value against its declared type. Throws InvalidParameterValue naming the place, the value and the rule. */
export function checkValue(value: unknown, type: ValueType, place: Place): Plain {
  switch (type.kind) {
    case 'float':
      return checkFloat(value, type, place);
    case 'integer':
      return checkInteger(value, type, place);
    case 'boolean':
      if (typeof value === 'boolean') return value;
      if (value === 0 || value === 1) return value === 1;
      return refuse(value, type, place, 'true or false');
    default:
      return typeof value === 'string' ? value : refuse(value, type, place, 'a string');
  }
}

/** Writes a checked value into a tensor. Throws InvalidParameterValue where the model's type cannot hold it. */
export function storeValue(value: Plain, type: TensorType, data: TensorArray, index: number, place: Place): void {
  const target = TENSOR_TYPES[type]!;
  const kept = target.kind === 'string' ? String(value) : toNumeric(value, target, place);
  if (type === 'float16') (data as Uint16Array)[index] = toHalf(Number(kept));
  else if (type === 'int64' || type === 'uint64') (data as BigInt64Array)[index] = BigInt(kept);
  else if (type === 'string') (data as string[])[index] = kept as string;
  else (data as Float64Array)[index] = Number(kept);
}

/** Throws InvalidParameterValue where a number is NaN or infinite and the model does not take it. */
export function checkNumberRule(value: number, rule: NumberRule, place: Place): void {
  if (Number.isNaN(value) && !rule.nan) throw new InvalidParameterValue(`${place()}: a missing value (null or NaN) was given, but the model was trained without missing values and takes none.`);
  if (Math.abs(Math.fround(value)) === Infinity && !rule.infinity) throw new InvalidParameterValue(`${place()}: the value is infinite or too large for float32, which the model computes with.`);
}

/** A value in a message: its JSON, cut short. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

function checkFloat(value: unknown, type: ValueType, place: Place): number {
  if (typeof value === 'number') return value;
  if (value === null || value === undefined) return NaN;
  if (typeof value === 'string' && Object.hasOwn(SPECIAL, value)) return SPECIAL[value]!;
  return refuse(value, type, place, 'a number, null, "NaN", "Infinity" or "-Infinity"');
}

function checkInteger(value: unknown, type: ValueType, place: Place): number | bigint {
  if (value === null || value === undefined) return refuse(value, type, place, 'an integer; where values may be missing, declare the column as double in the signature');
  if (typeof value === 'string' && type.max! > BigInt(Number.MAX_SAFE_INTEGER) && INT64_TEXT.test(value)) return inRange(BigInt(value), type, place);
  if (!Number.isInteger(value)) return refuse(value, type, place, 'an integer');
  const number = value as number;
  if (!Number.isSafeInteger(number)) return refuse(number, type, place, 'an integer that a JSON number holds exactly; beyond 2^53 send its digits as a string');
  return inRange(number, type, place);
}

function toNumeric(value: Plain, target: ValueType, place: Place): number | bigint {
  const number = typeof value === 'bigint' ? value : Number(value);
  if (target.kind === 'float') return number;
  if (target.kind === 'boolean') return number === 0 || number === 1 ? number : refuse(value, target, place, "0 or 1 for the model's input");
  if (typeof number === 'number' && !Number.isSafeInteger(number)) return refuse(value, target, place, "an integer for the model's input");
  return inRange(number, target, place);
}

function inRange<T extends number | bigint>(value: T, type: ValueType, place: Place): T {
  if (value >= type.min! && value <= type.max!) return value;
  throw new InvalidParameterValue(`${place()}: ${value} is out of the range of type ${type.name}, ${type.min} to ${type.max}.`);
}

function refuse(value: unknown, type: ValueType, place: Place, rule: string): never {
  const got = value === undefined ? 'no value' : typeof value === 'bigint' ? String(value) : show(value);
  throw new InvalidParameterValue(`${place()}: got ${got}, but type ${type.name} needs ${rule}.`);
}
