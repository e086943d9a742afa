import type { Row, SqlDriver, SqlValue } from '../database/driver.js';

const CHUNK = 1000;
const SIZES = [1, 10, 100, CHUNK];

/**
 * The marks and values of an IN list, padded with its last value to one of a few lengths, so that few statements are
 * prepared. At most CHUNK values; at least one.
 */
export function padded<T extends SqlValue>(values: readonly T[]): { marks: string; values: T[] } {
  const size = SIZES.find((length) => length >= values.length) ?? values.length;
  const last = values.at(-1)!;
  return { marks: new Array(size).fill('?').join(','), values: [...values, ...new Array<T>(size - values.length).fill(last)] };
}

/** The rows of a selection by a list of values, however long it is: `(#)` in the SQL stands for the list. */
export async function selectIn(db: SqlDriver, sql: string, values: readonly SqlValue[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (let i = 0; i < values.length; i += CHUNK) {
    const list = padded(values.slice(i, i + CHUNK));
    for (const row of await db.all(sql.replace('(#)', `(${list.marks})`), list.values)) rows.push(row);
  }
  return rows;
}

/** Rows by a key, each group in the order of the rows. */
export function groupBy<K>(rows: readonly Row[], keyOf: (row: Row) => K): Map<K, Row[]> {
  const groups = new Map<K, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}
