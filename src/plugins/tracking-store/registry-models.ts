import type { SqlDriver, Statement } from '../database/driver.js';
import { ResourceAlreadyExists, UniqueViolation } from '../../errors.js';
import type { RegisteredModel, Registry } from './registry-contract.js';
import { orderSql, tokenAfter, toPage } from './registry-paging.js';
import { modelByName, newestOfStages, readModels, readVersions, run, writeThenRead } from './registry-rows.js';
import { modelSearch } from './registry-search.js';
import { holdModel, insertModelTags, MODEL_NO, touchModel } from './registry-statements.js';
import { canonicalStage, IS_PROMPT_TAG, lastByKey, modelNotFound, validateModelName, validateTag, validateTagKey, requireValue } from './registry-validation.js';

type ModelCalls = Pick<
  Registry,
  | 'createRegisteredModel' | 'getRegisteredModel' | 'renameRegisteredModel' | 'updateRegisteredModel' | 'deleteRegisteredModel'
  | 'searchRegisteredModels' | 'getLatestVersions' | 'setRegisteredModelTag' | 'deleteRegisteredModelTag'
>;

/** The registered models: their names, descriptions and tags. */
export function createRegisteredModels(db: SqlDriver, now: () => number): ModelCalls {
  return {
    async createRegisteredModel(input) {
      validateModelName(input.name);
      input.tags?.forEach(validateTag);
      const tags = lastByKey(input.tags);
      try {
        return await writeModel(db, input.name, [insertModel(input.name, input.description ?? '', now()), insertModelTags(input.name, tags)]);
      } catch (error) {
        throw error instanceof UniqueViolation ? await nameTaken(db, input.name, tags.has(IS_PROMPT_TAG)) : error;
      }
    },
    async getRegisteredModel(name) {
      validateModelName(name);
      return only(await run(db, readModels(modelByName(name))), name);
    },
    async renameRegisteredModel(name, newName) {
      validateModelName(newName, 'new_name');
      validateModelName(name);
      try {
        return await writeModel(db, newName, renameModel(name, newName, now()));
      } catch (error) {
        throw error instanceof UniqueViolation ? new ResourceAlreadyExists(`Registered Model (name=${newName}) already exists.`) : error;
      }
    },
    async updateRegisteredModel(name, description = '') {
      validateModelName(name);
      const update = { sql: 'UPDATE registered_models SET description = ? WHERE name = ?', params: [description, name] };
      return writeModel(db, name, [holdModel(name), touchModel(name, now()), update]);
    },
    async deleteRegisteredModel(name) {
      validateModelName(name);
      await db.batch([holdModel(name), ...deleteModel(name)]);
    },
    async searchRegisteredModels(input) {
      const { selection, order, maxResults } = modelSearch(input, db.dialect);
      const models = await run(db, readModels(selection, orderSql(order)));
      return toPage(models, maxResults, (last) => tokenAfter({ ...last }, order));
    },
    async getLatestVersions(name, stages = []) {
      validateModelName(name);
      const [models, versions] = await Promise.all([run(db, readModels(modelByName(name))), run(db, newestVersions(name))]);
      only(models, name);
      const wanted = stages.map(canonicalStage);
      return wanted.length === 0 ? versions : versions.filter(({ current_stage }) => wanted.includes(current_stage));
    },
    async setRegisteredModelTag(name, key, value) {
      validateModelName(name);
      requireValue('key', key);
      validateTag({ key, value });
      await db.batch([holdModel(name), insertModelTags(name, new Map([[key, value]]))]);
    },
    async deleteRegisteredModelTag(name, key) {
      validateModelName(name);
      requireValue('key', key);
      validateTagKey(key);
      await db.batch([holdModel(name), { sql: `DELETE FROM registered_model_tags WHERE model_no = ${MODEL_NO} AND key = ?`, params: [name, key] }]);
    },
  };
}

const newestVersions = (name: string) => readVersions(newestOfStages(modelByName(name)), { aliases: true, orderBy: 's.first_version' });

async function writeModel(db: SqlDriver, name: string, writes: readonly Statement[]): Promise<RegisteredModel> {
  return only(await writeThenRead(db, writes, readModels(modelByName(name))), name);
}

function only(models: readonly RegisteredModel[], name: string): RegisteredModel {
  const [model] = models;
  if (!model) throw modelNotFound(name);
  return model;
}

const insertModel = (name: string, description: string, now: number): Statement => ({
  sql: 'INSERT INTO registered_models (name, creation_timestamp, last_updated_timestamp, description, last_version) VALUES (?, ?, ?, ?, 0)',
  params: [name, now, now, description],
});

const renameModel = (name: string, newName: string, now: number): Statement[] => [
  holdModel(name),
  { sql: 'UPDATE registered_models SET name = ?, last_updated_timestamp = ? WHERE name = ?', params: [newName, now, name] },
  { sql: `UPDATE model_versions SET last_updated_timestamp = ? WHERE model_no = ${MODEL_NO}`, params: [now, newName] },
];

/** Versions go first: whoever holds one is waited for, and what he adds to it is still there to be deleted. */
const deleteModel = (name: string): Statement[] =>
  ['model_versions', 'model_version_tags', 'registered_model_aliases', 'registered_model_tags', 'registered_models'].map((table) => ({
    sql: `DELETE FROM ${table} WHERE model_no = ${MODEL_NO}`,
    params: [name],
  }));

/** The error of a taken name, which differs where one of the two is a prompt. */
async function nameTaken(db: SqlDriver, name: string, isPrompt: boolean): Promise<Error> {
  const [existing] = await run(db, readModels(modelByName(name)));
  const [taken, wanted] = [kind(Boolean(existing?.tags?.some(({ key }) => key === IS_PROMPT_TAG))), kind(isPrompt)];
  if (taken === wanted) return new ResourceAlreadyExists(`${wanted} (name=${name}) already exists.`);
  return new ResourceAlreadyExists(
    `Tried to create a ${wanted.toLowerCase()} with name '${name}', but the name is already taken by a ${taken.toLowerCase()}. MLflow does not allow creating a model and a prompt with the same name.`,
  );
}

const kind = (isPrompt: boolean): string => (isPrompt ? 'Prompt' : 'Registered Model');

