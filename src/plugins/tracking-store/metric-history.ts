import type { RunStore } from './contract.js';
import { afterToken, orderTerms, selectTerms, tokenAfter, type SortTerm } from './keyset.js';
import { wireDouble } from './run-reader.js';
import type { RunDeps } from './runs.js';
import { pageSize } from './validation.js';

const ORDER: readonly SortTerm[] = [{ sql: 'step' }, { sql: 'timestamp' }, { sql: 'value' }, { sql: 'is_nan' }];
const MAX_RESULTS = 25_000;

/** The points of one metric of a run by step, then timestamp, then value; all of them up to 25,000 unless paged. */
export async function metricHistory({ db, keys, reader }: RunDeps, input: Parameters<RunStore['metricHistory']>[0]): ReturnType<RunStore['metricHistory']> {
  const size = pageSize(input.max_results, MAX_RESULTS, MAX_RESULTS);
  const { runNo } = await reader.handle(input.run_id);
  const keyId = (await keys.find([input.metric_key]))(input.metric_key);
  const search = [input.run_id, input.metric_key];
  const after = afterToken(ORDER, input.page_token, search);
  const select = selectTerms(ORDER);
  const rows = await db.all(
    `SELECT ${select.sql.slice(2)} FROM metrics WHERE run_no = ? AND key_id = ?${after ? ` AND ${after.sql}` : ''} ORDER BY ${orderTerms(ORDER)} LIMIT ?`,
    [runNo, keyId, ...(after?.params ?? []), size + 1],
  );
  const page = rows.slice(0, size);
  return {
    metrics: page.map((row) => ({ key: input.metric_key, value: wireDouble(row.sort_2 as number, row.sort_3), timestamp: Number(row.sort_1), step: Number(row.sort_0) })),
    next_page_token: rows.length > size ? tokenAfter(page.at(-1)!, ORDER, search) : undefined,
  };
}
