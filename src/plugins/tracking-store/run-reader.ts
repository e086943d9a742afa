import { LRUCache } from 'lru-cache';
import { ResourceDoesNotExist } from '../../errors.js';
import type { Row, SqlDriver } from '../database/driver.js';
import type { JsonText } from './contract.js';
import type { Keys } from './keys.js';
import { groupBy, selectIn } from './sql-lists.js';

/** What a write needs to know of a run and what never changes. */
export interface RunHandle {
  runNo: number;
  experimentId: number;
}

/** A run's parts as JSON texts. */
interface RunJson {
  info: JsonText;
  data: JsonText;
  inputs: JsonText;
  outputs: JsonText;
}

export interface RunReader {
  /** Throws ResourceDoesNotExist where no run has this id. */
  handle(runId: string): Promise<RunHandle>;
  /** The runs' JSON texts `{info, data, inputs, outputs}`, in the given order. */
  read(runNos: readonly number[]): Promise<JsonText[]>;
  /** To be called after every write to a run: what was read before it is not kept. */
  forget(runNo: number): void;
  forgetAll(): void;
}

const CACHE_CHARACTERS = 32 * 1024 * 1024;
const VERSION_SLOTS = 65_536;

/**
 * Reads runs with all their data, and keeps their JSON texts, since a search page is made of the same runs again and
 * again. A version counter of each run (shared by runs of one slot) keeps a read that overlapped a write out of the cache.
 */
export function createRunReader(db: SqlDriver, keys: Keys): RunReader {
  const cache = new LRUCache<number, JsonText>({ maxSize: CACHE_CHARACTERS, sizeCalculation: (text) => text.length + 100 });
  const handles = new LRUCache<string, RunHandle>({ max: 50_000 });
  const versions = new Uint32Array(VERSION_SLOTS);
  const slot = (runNo: number) => runNo % VERSION_SLOTS;

  function forgetAll(): void {
    for (let i = 0; i < VERSION_SLOTS; i++) versions[i]!++;
    cache.clear();
    handles.clear();
  }

  return {
    async handle(runId) {
      const known = handles.get(runId);
      if (known) return known;
      const [row] = await db.all('SELECT run_no, experiment_id FROM runs WHERE run_id = ?', [runId]);
      if (!row) throw new ResourceDoesNotExist(`Run with id=${runId} not found`);
      const handle = { runNo: Number(row.run_no), experimentId: Number(row.experiment_id) };
      handles.set(runId, handle);
      return handle;
    },
    async read(runNos) {
      if (db.changedElsewhere()) forgetAll();
      const found = new Map<number, JsonText>();
      const missing = runNos.filter((runNo) => {
        const text = cache.get(runNo);
        if (text !== undefined) found.set(runNo, text);
        return text === undefined;
      });
      if (missing.length > 0) {
        const before = missing.map((runNo) => versions[slot(runNo)]);
        const loaded = await readRuns(db, keys, missing);
        missing.forEach((runNo, i) => {
          const run = loaded.get(runNo);
          if (!run) return;
          const text = whole(run);
          found.set(runNo, text);
          if (before[i] === versions[slot(runNo)]) cache.set(runNo, text);
        });
      }
      return runNos.flatMap((runNo) => found.get(runNo) ?? []);
    },
    forget(runNo) {
      versions[slot(runNo)]!++;
      cache.delete(runNo);
    },
    forgetAll,
  };
}

const whole = (run: RunJson): JsonText => `{"info":${run.info},"data":${run.data},"inputs":${run.inputs},"outputs":${run.outputs}}`;

/** A stored double on the wire; NaN and infinities as MLflow's words for them. */
export const wireDouble = (value: number, isNaN: unknown): number | string => (isNaN ? 'NaN' : Number.isFinite(value) ? value : String(value));

async function readRuns(db: SqlDriver, keys: Keys, runNos: readonly number[]): Promise<Map<number, RunJson>> {
  const select = (sql: string) => selectIn(db, sql, runNos);
  const [runs, metrics, params, tags, datasets, datasetTags, models] = await Promise.all([
    select('SELECT * FROM runs WHERE run_no IN (#)'),
    select('SELECT run_no, key_id, value, is_nan, timestamp, step FROM latest_metrics WHERE run_no IN (#)'),
    select('SELECT run_no, key_id, value FROM params WHERE run_no IN (#)'),
    select('SELECT run_no, key_id, value FROM tags WHERE run_no IN (#)'),
    select('SELECT r.run_no, d.* FROM run_datasets r JOIN datasets d ON d.dataset_id = r.dataset_id WHERE r.run_no IN (#)'),
    select('SELECT run_no, dataset_id, key, value FROM run_dataset_tags WHERE run_no IN (#)'),
    select('SELECT run_no, model_id, direction, step FROM run_models WHERE run_no IN (#)'),
  ]);
  const name = await keys.names([...metrics, ...params, ...tags].map((row) => row.key_id as number));
  const metricsOf = group(metrics, (row) => `{"key":${JSON.stringify(name(row.key_id))},"value":${JSON.stringify(wireDouble(row.value, row.is_nan))},"timestamp":${row.timestamp},"step":${row.step}}`);
  const pair = (row: Row) => `{"key":${JSON.stringify(name(row.key_id))},"value":${JSON.stringify(row.value)}}`;
  const paramsOf = group(params, pair);
  const tagsOf = group(tags, pair);
  const datasetTagsOf = groupBy(datasetTags, (row) => `${row.run_no}/${row.dataset_id}`);
  const datasetsOf = group(datasets, (row) => datasetJson(row, datasetTagsOf.get(`${row.run_no}/${row.dataset_id}`) ?? []));
  const inputsOf = group(models.filter((row) => row.direction === 'input'), (row) => JSON.stringify({ model_id: row.model_id }));
  const outputsOf = group(models.filter((row) => row.direction === 'output'), (row) => JSON.stringify({ model_id: row.model_id, step: Number(row.step) }));
  return new Map(runs.map((row) => {
    const no = Number(row.run_no);
    const run: RunJson = {
      info: infoJson(row),
      data: lists({ metrics: metricsOf.get(no), params: paramsOf.get(no), tags: tagsOf.get(no) }),
      inputs: lists({ dataset_inputs: datasetsOf.get(no), model_inputs: inputsOf.get(no) }),
      outputs: lists({ model_outputs: outputsOf.get(no) }),
    };
    return [no, run];
  }));
}

function group(rows: readonly Row[], toJson: (row: Row) => string): Map<number, string> {
  const texts = new Map<number, string>();
  for (const row of rows) {
    const no = Number(row.run_no);
    const before = texts.get(no);
    texts.set(no, before === undefined ? toJson(row) : `${before},${toJson(row)}`);
  }
  return texts;
}

/** `{"metrics":[...]}` with the lists that are not empty, as protobuf's JSON form has it. */
function lists(fields: Record<string, string | undefined>): JsonText {
  return `{${Object.entries(fields).flatMap(([name, text]) => (text === undefined ? [] : `"${name}":[${text}]`)).join(',')}}`;
}

/** A run's info, field by field as MLflow orders them. */
export function infoJson(row: Row): JsonText {
  return JSON.stringify({
    run_uuid: row.run_id,
    experiment_id: String(row.experiment_id),
    run_name: row.run_name,
    user_id: row.user_id,
    status: row.status,
    start_time: row.start_time === null ? undefined : Number(row.start_time),
    end_time: row.end_time === null ? undefined : Number(row.end_time),
    artifact_uri: row.artifact_uri,
    lifecycle_stage: row.lifecycle_stage,
    run_id: row.run_id,
  });
}

function datasetJson(row: Row, tags: readonly Row[]): string {
  const dataset = { name: row.name, digest: row.digest, source_type: row.source_type, source: row.source, schema: row.schema ?? undefined, profile: row.profile ?? undefined };
  return JSON.stringify({ tags: tags.length > 0 ? tags.map(({ key, value }) => ({ key, value })) : undefined, dataset });
}
