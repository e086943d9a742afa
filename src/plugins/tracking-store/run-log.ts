import { InvalidParameterValue } from '../../errors.js';
import type { SqlValue, Statement } from '../database/driver.js';
import type { MetricPoint, RunStore } from './contract.js';
import type { KeyValue } from './registry-contract.js';
import { requireActiveRun, RUN_NAME_TAG, upsertTag, type RunDeps } from './runs.js';
import { padded } from './sql-lists.js';
import { checkBatch, checkRunId } from './validation.js';

type KeyNumber = (name: string) => number;

/**
 * The one write path of metrics, params and tags: the calls for a single value come here too. All or nothing; a param
 * is written once; a metric point that is there already stays one point; the latest value is by step, timestamp, value.
 */
export async function logBatch({ db, keys, reader }: RunDeps, input: Parameters<RunStore['logBatch']>[0]): Promise<void> {
  const { run_id: runId, metrics = [], params = [], tags = [] } = input;
  checkRunId(runId);
  checkBatch(metrics, params, tags);
  const { runNo } = await reader.handle(runId);
  const names = new Set<string>();
  for (const list of [metrics, params, tags]) for (const { key } of list) names.add(key);
  const key = await keys.ensure(names);
  const statements = [requireActiveRun(runNo, runId)];
  if (metrics.length > 0) statements.push(...metricStatements(runNo, runId, metrics, key));
  if (params.length > 0) statements.push(...paramStatements(runNo, runId, params, key));
  for (const tag of tags) statements.push(upsertTag(runNo, key(tag.key), tag.value));
  const renamed = tags.findLast((tag) => tag.key === RUN_NAME_TAG);
  if (renamed) statements.push({ sql: 'UPDATE runs SET run_name = ? WHERE run_no = ?', params: [renamed.value, runNo] });
  try {
    await db.batch(statements);
  } finally {
    reader.forget(runNo);
  }
}

/* Later by step, then timestamp, then value; a NaN counts as 0 there, as it is stored. */
const LATER = '(excluded.step, excluded.timestamp, excluded.value) > (latest_metrics.step, latest_metrics.timestamp, latest_metrics.value)';

function metricStatements(runNo: number, runId: string, metrics: readonly MetricPoint[], key: KeyNumber): Statement[] {
  const rows: SqlValue[][] = [];
  const latest = new Map<number, SqlValue[]>();
  for (const { key: name, step, timestamp, value } of metrics) {
    const isNaN = Number.isNaN(value);
    const row = [runNo, key(name), step, timestamp, isNaN ? 0 : value, isNaN ? 1 : 0];
    rows.push(row);
    const best = latest.get(row[1]!);
    if (!best || isLater(row, best)) latest.set(row[1]!, row);
  }
  return [
    { sql: 'INSERT INTO metrics (run_no, key_id, step, timestamp, value, is_nan) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING', many: rows },
    {
      sql: `INSERT INTO latest_metrics (run_no, key_id, step, timestamp, value, is_nan) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (run_no, key_id) DO UPDATE SET step = excluded.step, timestamp = excluded.timestamp, value = excluded.value, is_nan = excluded.is_nan WHERE ${LATER}`,
      many: [...latest.values()],
    },
    ...modelMetricStatements(runId, metrics),
  ];
}

const isLater = (a: readonly SqlValue[], b: readonly SqlValue[]): boolean => {
  for (const i of [2, 3, 4]) if (a[i] !== b[i]) return (a[i] as number) > (b[i] as number);
  return false;
};

function modelMetricStatements(runId: string, metrics: readonly MetricPoint[]): Statement[] {
  const rows = metrics.filter((metric) => metric.model_id).map((metric): SqlValue[] => {
    const isNaN = Number.isNaN(metric.value);
    return [metric.model_id!, metric.key, metric.step, metric.timestamp, isNaN ? 0 : metric.value, isNaN ? 1 : 0, runId, metric.dataset_name ?? '', metric.dataset_digest ?? ''];
  });
  if (rows.length === 0) return [];
  return [{ sql: 'INSERT INTO logged_model_metrics (model_id, key, step, timestamp, value, is_nan, run_id, dataset_name, dataset_digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING', many: rows }];
}

function paramStatements(runNo: number, runId: string, params: readonly KeyValue[], key: KeyNumber): Statement[] {
  const wanted = new Map(params.map((param) => [key(param.key), param]));
  const list = padded([...wanted.keys()]);
  return [
    { sql: 'INSERT INTO params (run_no, key_id, value) VALUES (?, ?, ?) ON CONFLICT (run_no, key_id) DO NOTHING', many: params.map((param): SqlValue[] => [runNo, key(param.key), param.value]) },
    {
      sql: `SELECT key_id, value FROM params WHERE run_no = ? AND key_id IN (${list.marks})`,
      params: [runNo, ...list.values],
      check({ rows }) {
        const changed = rows.filter((row) => wanted.get(row.key_id)!.value !== row.value).map((row) => ({ key: wanted.get(row.key_id)!.key, old: String(row.value), value: wanted.get(row.key_id)!.value }));
        if (changed.length > 0) throw changedParams(runId, changed, params.length);
      },
    },
  ];
}

function changedParams(runId: string, changed: readonly { key: string; old: string; value: string }[], count: number): Error {
  const first = changed[0]!;
  if (count === 1) return new InvalidParameterValue(`Changing param values is not allowed. Param with key='${first.key}' was already logged with value='${first.old}' for run ID='${runId}'. Attempted logging new value '${first.value}'.`);
  const list = changed.map(({ key, old, value }) => `{'key': '${key}', 'old_value': '${old}', 'new_value': '${value}'}`).join(', ');
  return new InvalidParameterValue(`Changing param values is not allowed. Params were already logged='[${list}]' for run ID='${runId}'.`);
}
