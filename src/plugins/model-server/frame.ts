import { BadRequest, InvalidParameterValue } from '../../errors.js';
import { show } from './cell.js';
import { jsonOfText, parseCsv } from './csv.js';
import { asRecord } from './mlmodel.js';
import type { ValueType } from './value-types.js';

/** The values of one column, by row. */
export type Cells = (row: number) => unknown;

/** A table as a request gives it, read in place: nothing is copied until the values reach a tensor. */
export interface Frame {
  rows: number;
  /** The given columns; undefined where they are only positions. */
  names?: () => readonly string[];
  /** How many columns a table without names has. */
  width: number;
  /** A column by its name, or by its position in a table without names; texts of CSV become values of the type. */
  column(key: string | number, type: ValueType): Cells | undefined;
}

/** A `dataframe_split` object. */
export function splitFrame(value: unknown): Frame {
  const split = asRecord(value);
  if (!split) throw new BadRequest(`Dataframe split format must be a dictionary. Got ${kindOf(value)}.`);
  const extra = Object.keys(split).filter((key) => key !== 'columns' && key !== 'index' && key !== 'data');
  if (!Array.isArray(split.data) || extra.length > 0) {
    throw new BadRequest(`Dataframe split format must have 'data' field, a list of rows, and optionally 'columns' and 'index' fields. Got ${show(Object.keys(split))}.`);
  }
  const { columns } = split;
  if (columns === undefined || columns === null) return rowsFrame(split.data, 'dataframe_split');
  if (!Array.isArray(columns) || !columns.every((name) => typeof name === 'string' || typeof name === 'number')) {
    throw new BadRequest("Dataframe split format must have a list of names as its 'columns' field.");
  }
  return namedRows(columns.map(String), split.data);
}

/** A text of comma-separated values. */
export function csvFrame(text: unknown): Frame {
  const { columns, rows } = parseCsv(String(text));
  const frame = namedRows(columns, rows);
  return {
    ...frame,
    column(key, type) {
      const texts = frame.column(key, type);
      return texts && ((row) => jsonOfText(texts(row) as string, type));
    },
  };
}

/** A `dataframe_records` list, or any list of objects. */
export function recordsFrame(value: unknown, field: string): Frame {
  if (!Array.isArray(value)) throw new BadRequest(`Dataframe records format must be a list of records. Got ${kindOf(value)}.`);
  const wrong = value.findIndex((row) => !asRecord(row));
  if (wrong >= 0) throw new BadRequest(`${field}: row ${wrong + 1} must be an object of column names and values, got ${kindOf(value[wrong])}.`);
  const records = value as Record<string, unknown>[];
  const names = () => [...new Set(records.flatMap((record) => Object.keys(record)))];
  const own = (record: Record<string, unknown>, key: string) => (Object.hasOwn(record, key) ? record[key] : undefined);
  return {
    rows: records.length,
    names,
    width: 0,
    column(key) {
      const name = String(key);
      return records.some((record) => Object.hasOwn(record, name)) ? (row) => own(records[row]!, name) : undefined;
    },
  };
}

/** An object of columns: lists of one length, or one value each. */
export function columnsFrame(columns: Record<string, unknown>, field: string): Frame {
  const names = Object.keys(columns);
  const lists = names.filter((name) => Array.isArray(columns[name]));
  const rows = lists.length > 0 ? (columns[lists[0]!] as unknown[]).length : 1;
  const odd = names.find((name) => lists.length > 0 && (columns[name] as unknown[] | undefined)?.length !== rows);
  if (odd !== undefined) throw new BadRequest(`${field}: the length of values for each input/column name are not the same: '${lists[0]}' has ${rows}, '${odd}' has ${Array.isArray(columns[odd]) ? columns[odd].length : 'no list'}.`);
  return {
    rows,
    names: () => names,
    width: names.length,
    column(key) {
      const name = String(key);
      if (!Object.hasOwn(columns, name)) return undefined;
      const values = columns[name];
      return Array.isArray(values) ? (row) => values[row] : () => values;
    },
  };
}

/** A list without column names: of rows, or of single values that make one column. */
export function rowsFrame(rows: readonly unknown[], field: string): Frame {
  const width = Array.isArray(rows[0]) ? rows[0].length : 1;
  if (!Array.isArray(rows[0])) {
    const wrong = rows.findIndex((row) => Array.isArray(row));
    if (wrong >= 0) throw new BadRequest(`${field}: row ${wrong + 1} is a list, but row 1 is a single value.`);
    return { rows: rows.length, width, column: (key) => (key === 0 ? (row) => rows[row] : undefined) };
  }
  checkWidths(rows, width, field, 'row 1 has');
  return { rows: rows.length, width, column: (key) => (typeof key === 'number' && key < width ? (row) => (rows as unknown[][])[row]![key] : undefined) };
}

/** One list as the only column, whatever its name. */
export function singleColumn(name: string, frame: Frame): Frame {
  if (frame.names || frame.width !== 1) return frame;
  return { rows: frame.rows, names: () => [name], width: 1, column: (key, type) => (key === name ? frame.column(0, type) : undefined) };
}

function namedRows(names: readonly string[], rows: readonly unknown[]): Frame {
  const positions = new Map(names.map((name, position) => [name, position]));
  if (positions.size !== names.length) {
    const twice = names.find((name, position) => positions.get(name) !== position);
    throw new InvalidParameterValue(`dataframe_split: the column '${twice}' is given twice.`);
  }
  checkWidths(rows, names.length, 'dataframe_split', 'columns names');
  return {
    rows: rows.length,
    names: () => names,
    width: names.length,
    column(key) {
      const position = positions.get(String(key));
      return position === undefined ? undefined : (row) => (rows as unknown[][])[row]![position];
    },
  };
}

function checkWidths(rows: readonly unknown[], width: number, field: string, whose: string): void {
  for (let row = 0; row < rows.length; row++) {
    const values = rows[row];
    if (Array.isArray(values) && values.length === width) continue;
    const got = Array.isArray(values) ? `has ${values.length} values` : `is ${kindOf(values)}, no list`;
    throw new BadRequest(`${field}: row ${row + 1} ${got}, but ${whose} ${width}.`);
  }
}

/** What a JSON value is, in words. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'list';
  return typeof value === 'object' ? 'dictionary' : `type ${typeof value}`;
}
