import { randomUUID } from 'node:crypto';
import { InvalidParameterValue, ResourceDoesNotExist } from '../../errors.js';
import type { Result, SqlDriver, SqlValue, Statement } from '../database/driver.js';
import type { KeyValue } from './registry-contract.js';
import type { JsonText, RunStore } from './contract.js';
import { requireActiveExperiment } from './experiments.js';
import type { Keys } from './keys.js';
import { logBatch } from './run-log.js';
import { logInputs, logOutputs } from './run-inputs.js';
import { randomName } from './run-names.js';
import { infoJson, type RunReader } from './run-reader.js';
import { metricHistory } from './metric-history.js';
import { searchRuns } from './run-search.js';
import { checkRunId, checkTag, parseExperimentId } from './validation.js';

export interface RunDeps {
  db: SqlDriver;
  keys: Keys;
  reader: RunReader;
  now: () => number;
}

export const RUN_NAME_TAG = 'mlflow.runName';

/** Throws, inside the writing transaction, when the run is not active. */
export function requireActiveRun(runNo: number, runId: string): Statement {
  return {
    sql: 'SELECT lifecycle_stage FROM runs WHERE run_no = ?',
    params: [runNo],
    check({ rows }: Result) {
      const stage: unknown = rows[0]?.lifecycle_stage;
      if (stage === undefined) throw new ResourceDoesNotExist(`Run with id=${runId} not found`);
      if (stage !== 'active') throw new InvalidParameterValue(`The run ${runId} must be in the 'active' state. Current state is ${String(stage)}.`);
    },
  };
}

export function createRunStore(deps: RunDeps): RunStore {
  const { db, keys, reader, now } = deps;
  const write = async (runNo: number, statements: Statement[]) => {
    try {
      return await db.batch(statements);
    } finally {
      reader.forget(runNo);
    }
  };
  const setStage = async (runId: string, stage: 'active' | 'deleted') => {
    const { runNo } = await reader.handle(runId);
    await write(runNo, [{ sql: 'UPDATE runs SET lifecycle_stage = ?, deleted_time = ? WHERE run_no = ?', params: [stage, stage === 'deleted' ? now() : null, runNo] }]);
  };

  return {
    createRun: (input) => insertRun(deps, input),
    async getRun(runId) {
      const { runNo } = await reader.handle(runId);
      const [text] = await reader.read([runNo]);
      if (text === undefined) throw new ResourceDoesNotExist(`Run with id=${runId} not found`);
      return text;
    },
    async updateRun({ run_id: runId, status, end_time: endTime, run_name: runName }) {
      const { runNo } = await reader.handle(runId);
      const renamed = runName !== undefined && runName !== '' ? runName : undefined;
      const key = await keys.ensure([RUN_NAME_TAG]);
      const results = await write(runNo, [
        requireActiveRun(runNo, runId),
        ...(renamed === undefined ? [] : [upsertTag(runNo, key(RUN_NAME_TAG), renamed)]),
        {
          sql: 'UPDATE runs SET status = COALESCE(?, status), end_time = COALESCE(?, end_time), run_name = COALESCE(?, run_name) WHERE run_no = ? RETURNING *',
          params: [status ?? null, endTime ?? null, renamed ?? null, runNo],
        },
      ]);
      return infoJson(results.at(-1)!.rows[0]!);
    },
    deleteRun: (runId) => setStage(runId, 'deleted'),
    restoreRun: (runId) => setStage(runId, 'active'),
    logBatch: (input) => logBatch(deps, input),
    async deleteTag(runId, key) {
      const { runNo } = await reader.handle(runId);
      const keyId = (await keys.find([key]))(key);
      const check = ({ changes }: Result) => {
        if (changes === 0) throw new ResourceDoesNotExist(`No tag with name: ${key} in run with id ${runId}`);
      };
      await write(runNo, [requireActiveRun(runNo, runId), { sql: 'DELETE FROM tags WHERE run_no = ? AND key_id = ?', params: [runNo, keyId], check }]);
    },
    logInputs: (input) => logInputs(deps, input),
    logOutputs: (input) => logOutputs(deps, input),
    searchRuns: (input) => searchRuns(deps, input),
    metricHistory: (input) => metricHistory(deps, input),
    async artifactUri(runId) {
      checkRunId(runId);
      const [row] = await db.all('SELECT artifact_uri FROM runs WHERE run_id = ?', [runId]);
      if (!row) throw new ResourceDoesNotExist(`Run with id=${runId} not found`);
      return String(row.artifact_uri);
    },
  };
}

export const upsertTag = (runNo: number, keyId: number, value: string): Statement => ({
  sql: 'INSERT INTO tags (run_no, key_id, value) VALUES (?, ?, ?) ON CONFLICT (run_no, key_id) DO UPDATE SET value = excluded.value',
  params: [runNo, keyId, value],
});

async function insertRun({ db, keys, now }: RunDeps, input: Parameters<RunStore['createRun']>[0]): Promise<JsonText> {
  const given = input.tags ?? [];
  given.forEach((tag, i) => checkTag(tag, `tags[${i}]`));
  const tagged = given.find(({ key }) => key === RUN_NAME_TAG)?.value;
  const named = input.run_name || undefined;
  if (named !== undefined && tagged !== undefined && named !== tagged) {
    throw new InvalidParameterValue(`Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${named}', mlflow.runName='${tagged}').`);
  }
  const name = named ?? (tagged || randomName());
  const tags: KeyValue[] = tagged === undefined ? [...given, { key: RUN_NAME_TAG, value: name }] : [...given];
  const key = await keys.ensure(tags.map((tag) => tag.key));
  const runId = randomUUID().replaceAll('-', '');
  const experimentId = parseExperimentId(input.experiment_id);
  const results = await db.batch([
    requireActiveExperiment(input.experiment_id),
    {
      sql: `INSERT INTO runs (run_id, experiment_id, run_name, user_id, status, start_time, lifecycle_stage, artifact_uri)
        SELECT ?, experiment_id, ?, ?, 'RUNNING', ?, 'active', artifact_location || ? FROM experiments WHERE experiment_id = ? RETURNING *`,
      params: [runId, name, input.user_id ?? '', input.start_time ?? now(), `/${runId}/artifacts`, experimentId],
    },
    {
      sql: 'INSERT INTO tags (run_no, key_id, value) SELECT run_no, ?, ? FROM runs WHERE run_id = ? ON CONFLICT (run_no, key_id) DO UPDATE SET value = excluded.value',
      many: tags.map((tag): SqlValue[] => [key(tag.key), tag.value, runId]),
    },
  ]);
  const written = [...new Map(tags.map((tag) => [tag.key, tag.value]))].map(([tagKey, value]) => ({ key: tagKey, value }));
  return `{"info":${infoJson(results[1]!.rows[0]!)},"data":${JSON.stringify({ tags: written })},"inputs":{}}`;
}
