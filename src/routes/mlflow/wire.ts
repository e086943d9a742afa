import { Type, type TObject, type TProperties, type TSchema } from '@sinclair/typebox';
import { InvalidParameterValue } from '../../errors.js';

/*
 * The pieces of MLflow's wire format. Requests: an int64 may come as a number or as a string, a double also as
 * "NaN", "Infinity", "-Infinity"; an id may come as a number. Responses: int64 are JSON numbers, ids are strings.
 */

/** A request's int64; read it with `toInt`. */
export const Int64 = (options: { description?: string; default?: number } = {}) =>
  Type.Unsafe<number | string>({ type: ['integer', 'string'], pattern: '^-?[0-9]{1,19}$', ...options });

/** A request's double; read it with `toDouble`. */
export const Double = (options: { description?: string } = {}) => Type.Unsafe<number | string>({ type: ['number', 'string'], ...options });

/** A request's id: a string, or a number that stands for one; read it with `String`. */
export const Id = (description?: string) => Type.Unsafe<string | number>({ type: ['string', 'integer'], description });

/** A response's double: a number, or one of the three words that JSON has no number for. */
export const DoubleOut = Type.Unsafe<number | string>({ type: ['number', 'string'] });

export const KeyValue = Type.Object({ key: Type.String(), value: Type.String() }, { title: 'KeyValue' });

/** A repeated string in a query string: one value or several. */
export const Strings = (description?: string) => Type.Unsafe<string | string[]>({ anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }], description });

/** The error body of every MLflow endpoint. */
export const ErrorBody = Type.Object({ error_code: Type.String(), message: Type.String() }, { title: 'MlflowError' });

export const Empty = Type.Object({}, { title: 'Empty' });

/** The `response` part of a route's schema: the given 200 body and MLflow's error body. */
export const responses = <T extends TSchema>(ok: T) => ({ 200: ok, '4xx': ErrorBody, '5xx': ErrorBody });

/** A response object; `undefined` fields are left out, as protobuf's JSON form does. */
export const Out = <T extends TProperties>(title: string, properties: T): TObject<T> => Type.Object(properties, { title });

export const toInt = (value: number | string | undefined): number | undefined => (value === undefined ? undefined : Number(value));

export const toList = (value: string | string[] | undefined): string[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

const NON_FINITE: ReadonlyMap<string, number> = new Map(Object.entries({ NaN, Infinity, '-Infinity': -Infinity }));

/** A wire double as a number. Throws InvalidParameterValue naming the field for a text that is none. */
export function toDouble(value: number | string, field: string): number {
  if (typeof value === 'number') return value;
  const special = NON_FINITE.get(value);
  if (special !== undefined) return special;
  const number = value.trim() === '' ? NaN : Number(value);
  if (Number.isNaN(number)) throw new InvalidParameterValue(`Invalid value "${value}" for parameter '${field}' supplied: it must be a number, "NaN", "Infinity" or "-Infinity".`);
  return number;
}
