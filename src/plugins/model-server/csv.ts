import { CsvError, parse } from 'csv-parse/sync';
import { BadRequest } from '../../errors.js';
import type { ValueType } from './value-types.js';

export interface CsvTable {
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

/* What pandas takes for a missing value. */
const MISSING = new Set(['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null']);
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITY = /^([+-]?)inf(?:inity)?$/i;

/** Reads comma-separated values with a header line. Throws BadRequest naming the line that does not fit. */
export function parseCsv(text: string): CsvTable {
  const records = splitRecords(text);
  const [columns, ...rows] = records;
  if (!columns) throw new BadRequest('The CSV input is empty: it needs a header line with the names of the columns.');
  const odd = rows.findIndex((row) => row.length !== columns.length);
  if (odd >= 0) throw new BadRequest(`CSV row ${odd + 1} has ${rows[odd]!.length} values, but the header names ${columns.length} columns.`);
  return { columns, rows };
}

/** A CSV cell as the JSON value that stands for it in a column of the given type. */
export function jsonOfText(text: string, type: ValueType): unknown {
  if (MISSING.has(text)) return null;
  if (type.kind === 'boolean') return { true: true, false: false }[text.toLowerCase()] ?? (NUMBER.test(text) ? Number(text) : text);
  if (type.kind !== 'float' && type.kind !== 'integer') return text;
  const trimmed = text.trim();
  const infinite = INFINITY.exec(trimmed);
  if (infinite) return infinite[1] === '-' ? '-Infinity' : 'Infinity';
  if (!NUMBER.test(trimmed)) return text;
  const number = Number(trimmed);
  return type.kind === 'integer' && !Number.isSafeInteger(number) ? trimmed : number;
}

function splitRecords(text: string): string[][] {
  try {
    return parse(text, { bom: true, relaxColumnCount: true, skipEmptyLines: true });
  } catch (error) {
    if (error instanceof CsvError) throw new BadRequest(`The CSV input cannot be read: ${error.message}.`);
    throw error;
  }
}
