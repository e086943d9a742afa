import type { SqlValue } from '../database/driver.js';

const SIZES = [1, 10, 100, 1000];

/**
 * The marks and values of an IN list, padded with its last value to one of a few lengths, so that few statements are
 * prepared. At most 1000 values; at least one.
 */
export function padded<T extends SqlValue>(values: readonly T[]): { marks: string; values: T[] } {
  const size = SIZES.find((length) => length >= values.length) ?? values.length;
  const last = values.at(-1)!;
  return { marks: new Array(size).fill('?').join(','), values: [...values, ...new Array<T>(size - values.length).fill(last)] };
}
