import type { SqlDriver, SqlValue, Statement } from '../database/driver.js';
import type { ModelVersion, Registry } from './registry-contract.js';
import { orderSql, tokenAfter, toPage } from './registry-paging.js';
import type { SqlFragment } from './keyset.js';
import { newestVersion, readVersions, run, versionByNumber, writeThenRead } from './registry-rows.js';
import { versionSearch } from './registry-search.js';
import type { ResolvedSource } from './registry-source.js';
import { holdVersion, insertVersionTag, MODEL_NO, touchModel } from './registry-statements.js';
import { canonicalStage, lastByKey, modelNotFound, requireActiveStage, requireValue, validateModelName, validateTagKey, validateVersionTag, versionNotFound, versionNumber } from './registry-validation.js';

type VersionCalls = Omit<Registry, `${string}RegisteredModel${string}` | 'getLatestVersions' | 'setAlias' | 'deleteAlias' | 'getModelVersionByAlias'>;
type CreateInput = Parameters<Registry['createModelVersion']>[0];
type ResolveVersionSource = (input: CreateInput) => Promise<ResolvedSource>;

/** The versions of registered models: their sources, stages, descriptions and tags. */
export function createModelVersions(db: SqlDriver, now: () => number, resolve: ResolveVersionSource): VersionCalls {
  return {
    async createModelVersion(input) {
      validateModelName(input.name);
      requireValue('source', input.source);
      input.tags?.forEach(validateVersionTag);
      const source = await resolve(input);
      return writeVersion(db, insertVersion(input, source, now()), newestVersion(input.name), () => modelNotFound(input.name));
    },
    async getModelVersion(name, version) {
      const number = checkVersion(name, version);
      return readOne(db, versionByNumber(name, number), () => versionNotFound(name, number));
    },
    async getDownloadUri(name, version) {
      const number = checkVersion(name, version);
      const [row] = await db.all(`SELECT storage_location FROM model_versions WHERE model_no = ${MODEL_NO} AND version = ?`, [name, number]);
      if (!row) throw versionNotFound(name, number);
      return row.storage_location;
    },
    async updateModelVersion(name, version, description) {
      const number = checkVersion(name, version);
      return updateVersion(db, { name, number, before: [], after: [setColumns(name, number, { description: description ?? null, last_updated_timestamp: now() })] });
    },
    async transitionStage({ name, version, stage, archive_existing_versions }) {
      const number = checkVersion(name, version);
      const [current_stage, time] = [canonicalStage(stage), now()];
      if (archive_existing_versions) requireActiveStage(stage);
      const archive = archive_existing_versions ? [archiveOthers({ name, number, stage: current_stage, time })] : [];
      const after = [...archive, setColumns(name, number, { current_stage, last_updated_timestamp: time })];
      return updateVersion(db, { name, number, before: [touchModel(name, time)], after });
    },
    async deleteModelVersion(name, version) {
      const number = checkVersion(name, version);
      const tables = ['registered_model_aliases', 'model_version_tags', 'model_versions'];
      const deletes = tables.map((table) => ({ sql: `DELETE FROM ${table} WHERE model_no = ${MODEL_NO} AND version = ?`, params: [name, number] }));
      await db.batch([touchModel(name, now()), holdVersion(name, number), ...deletes]);
    },
    async searchModelVersions(input) {
      const { selection, order, maxResults } = versionSearch(input, db.dialect);
      const versions = await run(db, readVersions(selection, { aliases: false, orderBy: orderSql(order) }));
      return toPage(versions, maxResults, (last) => tokenAfter({ ...last }, order));
    },
    async setModelVersionTag(name, version, key, value) {
      const number = checkVersion(name, version);
      requireValue('key', key);
      validateVersionTag({ key, value });
      await db.batch([holdVersion(name, number), insertVersionTag(name, number, key, value)]);
    },
    async deleteModelVersionTag(name, version, key) {
      const number = checkVersion(name, version);
      requireValue('key', key);
      validateTagKey(key);
      await db.batch([holdVersion(name, number), { sql: `DELETE FROM model_version_tags WHERE model_no = ${MODEL_NO} AND version = ? AND key = ?`, params: [name, number, key] }]);
    },
  };
}

/** A version's number, once the model's name is found to be one. */
export function checkVersion(name: string, version: string): number {
  validateModelName(name);
  return versionNumber(name, version);
}

function only(versions: readonly ModelVersion[], missing: () => Error): ModelVersion {
  const [version] = versions;
  if (!version) throw missing();
  return version;
}

/** Reads one version by a selection, with its aliases. */
export const readOne = async (db: SqlDriver, selection: SqlFragment, missing: () => Error): Promise<ModelVersion> => only(await run(db, readVersions(selection, { aliases: true })), missing);

async function writeVersion(db: SqlDriver, writes: readonly Statement[], selection: SqlFragment, missing: () => Error): Promise<ModelVersion> {
  return only(await writeThenRead(db, writes, readVersions(selection, { aliases: true })), missing);
}

interface Update {
  name: string;
  number: number;
  before: readonly Statement[];
  after: readonly Statement[];
}

const updateVersion = (db: SqlDriver, { name, number, before, after }: Update): Promise<ModelVersion> =>
  writeVersion(db, [...before, holdVersion(name, number), ...after], versionByNumber(name, number), () => versionNotFound(name, number));

function setColumns(name: string, number: number, columns: Record<string, SqlValue>): Statement {
  const assignments = Object.keys(columns).map((column) => `${column} = ?`);
  return { sql: `UPDATE model_versions SET ${assignments.join(', ')} WHERE model_no = ${MODEL_NO} AND version = ?`, params: [...Object.values(columns), name, number] };
}

const archiveOthers = ({ name, number, stage, time }: { name: string; number: number; stage: string; time: number }): Statement => ({
  sql: `UPDATE model_versions SET current_stage = 'Archived', last_updated_timestamp = ? WHERE model_no = ${MODEL_NO} AND version <> ? AND current_stage = ?`,
  params: [time, name, number, stage],
});

/** The model's row gives the number away and stays held until the commit, so that no two writers get the same. */
function insertVersion(input: CreateInput, source: ResolvedSource, now: number): Statement[] {
  const { name } = input;
  return [
    {
      sql: 'UPDATE registered_models SET last_version = last_version + 1, last_updated_timestamp = ? WHERE name = ? RETURNING last_version',
      params: [now, name],
      check: ({ rows }) => {
        if (rows.length === 0) throw modelNotFound(name);
      },
    },
    {
      sql: `INSERT INTO model_versions (model_no, version, creation_timestamp, last_updated_timestamp, description, current_stage, source, storage_location, run_id, run_link, model_id, status)
        VALUES (${MODEL_NO}, ${LAST_VERSION}, ?, ?, ?, 'None', ?, ?, ?, ?, ?, 'READY')`,
      params: [name, name, now, now, input.description ?? '', source.source, source.storageLocation, source.runId, input.run_link ?? '', source.modelId ?? null],
    },
    {
      sql: `INSERT INTO model_version_tags (model_no, version, key, value) VALUES (${MODEL_NO}, ${LAST_VERSION}, ?, ?)`,
      many: [...lastByKey(input.tags)].map(([key, value]) => [name, name, key, value]),
    },
    ...(source.modelId ? [noteOnLoggedModel(source.modelId, name)] : []),
  ];
}

const LAST_VERSION = '(SELECT last_version FROM registered_models WHERE name = ?)';

/** Adds the new version to the list that its logged model keeps in the tag mlflow.modelVersions. */
function noteOnLoggedModel(modelId: string, name: string): Statement {
  const noted = 'substr(excluded.value, 2, length(excluded.value) - 2)';
  return {
    sql: `INSERT INTO logged_model_tags (model_id, key, value)
      SELECT l.model_id, 'mlflow.modelVersions', '[' || CAST(? AS TEXT) || m.last_version || '}]' FROM registered_models m JOIN logged_models l ON l.model_id = ? WHERE m.name = ?
      ON CONFLICT (model_id, key) DO UPDATE SET value = CASE
        WHEN substr(logged_model_tags.value, 1, 2) <> '[{' THEN excluded.value
        WHEN replace(logged_model_tags.value, ${noted}, '') <> logged_model_tags.value THEN logged_model_tags.value
        ELSE substr(logged_model_tags.value, 1, length(logged_model_tags.value) - 1) || ', ' || ${noted} || ']' END`,
    params: [`{"name": ${JSON.stringify(name)}, "version": `, modelId, name],
  };
}
