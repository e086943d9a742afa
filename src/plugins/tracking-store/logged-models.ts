import { randomUUID } from 'node:crypto';
import { InvalidParameterValue, ResourceDoesNotExist, UniqueViolation } from '../../errors.js';
import type { Result, Row, SqlDriver, SqlValue, Statement } from '../database/driver.js';
import type { LoggedModel, LoggedModelStore } from './contract.js';
import { requireActiveExperiment } from './experiments.js';
import { searchLoggedModels } from './logged-model-search.js';
import { randomName } from './run-names.js';
import { wireDouble } from './run-reader.js';
import { groupBy, selectIn } from './sql-lists.js';
import { parseExperimentId } from './validation.js';

export interface LoggedModelDeps {
  db: SqlDriver;
  now: () => number;
}

const FINAL_STATUSES: readonly string[] = ['LOGGED_MODEL_PENDING', 'LOGGED_MODEL_READY', 'LOGGED_MODEL_UPLOAD_FAILED'];
const BAD_CHARACTERS = ['/', ':', '.', '%', '"', "'"];

export function createLoggedModelStore({ db, now }: LoggedModelDeps): LoggedModelStore {
  const exists = (modelId: string): Statement => ({
    sql: 'SELECT 1 AS found FROM logged_models WHERE model_id = ?',
    params: [modelId],
    check: ({ rows }) => {
      if (rows.length === 0) throw notFound(modelId);
    },
  });
  const get = async (modelId: string, allowDeleted = false): Promise<LoggedModel> => {
    const rows = await db.all('SELECT * FROM logged_models WHERE model_id = ?', [modelId]);
    if (rows.length === 0 || (rows[0]!.lifecycle_stage === 'deleted' && !allowDeleted)) throw notFound(modelId);
    return (await loadModels(db, rows))[0]!;
  };

  return {
    async createLoggedModel(input) {
      checkModelName(input.name);
      const modelId = `m-${randomUUID().replaceAll('-', '')}`;
      const time = now();
      const values = [modelId, input.name ?? randomName(), `/models/${modelId}/artifacts`, time, time, input.model_type || null, input.source_run_id || null, parseExperimentId(input.experiment_id)];
      await db.batch([
        requireActiveExperiment(input.experiment_id),
        {
          sql: `INSERT INTO logged_models (model_id, experiment_id, name, artifact_uri, creation_timestamp, last_updated_timestamp, status, model_type, source_run_id, lifecycle_stage)
            SELECT ?, experiment_id, ?, artifact_location || ?, ?, ?, 'LOGGED_MODEL_PENDING', ?, ?, 'active' FROM experiments WHERE experiment_id = ?`,
          params: values,
        },
        writeParams(modelId, input.params ?? []),
        writeTags(modelId, input.tags ?? []),
      ]);
      return get(modelId);
    },
    getLoggedModel: get,
    async finalizeLoggedModel(modelId, status) {
      if (!FINAL_STATUSES.includes(status)) throw new InvalidParameterValue(`Invalid value "${status}" for parameter 'status' supplied: it must be one of ${FINAL_STATUSES.join(', ')}`);
      await db.batch([exists(modelId), { sql: 'UPDATE logged_models SET status = ?, last_updated_timestamp = ? WHERE model_id = ?', params: [status, now(), modelId] }]);
      return get(modelId, true);
    },
    async deleteLoggedModel(modelId) {
      const time = now();
      await db.batch([exists(modelId), { sql: "UPDATE logged_models SET lifecycle_stage = 'deleted', last_updated_timestamp = ?, deleted_time = ? WHERE model_id = ?", params: [time, time, modelId] }]);
    },
    searchLoggedModels: (input) => searchLoggedModels(db, input, (rows) => loadModels(db, rows)),
    async setLoggedModelTags(modelId, tags) {
      await db.batch([exists(modelId), writeTags(modelId, tags)]);
    },
    async deleteLoggedModelTag(modelId, key) {
      const check = ({ changes }: Result) => {
        if (changes === 0) throw new ResourceDoesNotExist(`No tag with key '${key}' found for model with ID '${modelId}'.`);
      };
      await db.batch([exists(modelId), { sql: 'DELETE FROM logged_model_tags WHERE model_id = ? AND key = ?', params: [modelId, key], check }]);
    },
    async logLoggedModelParams(modelId, params) {
      try {
        await db.batch([exists(modelId), writeParams(modelId, params)]);
      } catch (error) {
        if (error instanceof UniqueViolation) throw new InvalidParameterValue(`A param of the model '${modelId}' was logged before, and params are written once: ${params.map(({ key }) => key).join(', ')}`);
        throw error;
      }
    },
  };
}

const notFound = (modelId: string) => new ResourceDoesNotExist(`Logged model with ID '${modelId}' not found.`);

function checkModelName(name: string | undefined): void {
  if (name === undefined) return;
  if (name !== '' && name.length <= 500 && !BAD_CHARACTERS.some((character) => name.includes(character))) return;
  throw new InvalidParameterValue(`Invalid model name ('${name}') provided. Model name must be a non-empty string of at most 500 characters and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`);
}

function writeParams(modelId: string, params: readonly { key: string; value: string }[]): Statement {
  return { sql: 'INSERT INTO logged_model_params (model_id, key, value) VALUES (?, ?, ?)', many: params.map(({ key, value }): SqlValue[] => [modelId, key, value]) };
}

function writeTags(modelId: string, tags: readonly { key: string; value: string }[]): Statement {
  return { sql: 'INSERT INTO logged_model_tags (model_id, key, value) VALUES (?, ?, ?) ON CONFLICT (model_id, key) DO UPDATE SET value = excluded.value', many: tags.map(({ key, value }): SqlValue[] => [modelId, key, value]) };
}

async function loadModels(db: SqlDriver, rows: readonly Row[]): Promise<LoggedModel[]> {
  const ids = rows.map((row) => row.model_id as string);
  const select = async (table: string, order: string) => groupBy(await selectIn(db, `SELECT * FROM ${table} WHERE model_id IN (#) ORDER BY ${order}`, ids), (row) => row.model_id as string);
  const [tags, params, metrics] = await Promise.all([select('logged_model_tags', 'key'), select('logged_model_params', 'key'), select('logged_model_metrics', 'key, step, timestamp')]);
  return rows.map((row) => toModel(row, tags.get(row.model_id), params.get(row.model_id), metrics.get(row.model_id)));
}

const pairOf = ({ key, value }: Row) => ({ key, value }) as { key: string; value: string };

function toModel(row: Row, tags: Row[] | undefined, params: Row[] | undefined, metrics: Row[] | undefined): LoggedModel {
  return {
    info: {
      model_id: row.model_id,
      experiment_id: String(row.experiment_id),
      name: row.name,
      creation_timestamp_ms: Number(row.creation_timestamp),
      last_updated_timestamp_ms: Number(row.last_updated_timestamp),
      artifact_uri: row.artifact_uri,
      status: row.status,
      model_type: row.model_type ?? undefined,
      source_run_id: row.source_run_id ?? undefined,
      status_message: row.status_message ?? undefined,
      tags: tags?.map(pairOf),
    },
    data: { params: params?.map(pairOf), metrics: metrics?.map(toMetric) },
  };
}

function toMetric(row: Row): Record<string, unknown> {
  return {
    key: row.key,
    value: wireDouble(row.value, row.is_nan),
    timestamp: Number(row.timestamp),
    step: Number(row.step),
    dataset_name: row.dataset_name || undefined,
    dataset_digest: row.dataset_digest || undefined,
    model_id: row.model_id,
    run_id: row.run_id,
  };
}
