import type { SqlDriver } from '../database/driver.js';
import { InvalidParameterValue, ResourceDoesNotExist } from '../../errors.js';
import type { Registry } from './registry-contract.js';
import { modelByName, newestVersion, versionByAlias } from './registry-rows.js';
import { holdModel, holdVersion, MODEL_NO } from './registry-statements.js';
import { isLatest, modelNotFound, validateAlias, validateModelName, validateNewAlias } from './registry-validation.js';
import { checkVersion, readOne } from './registry-versions.js';

type AliasCalls = Pick<Registry, 'setAlias' | 'deleteAlias' | 'getModelVersionByAlias'>;

/** The names that point at versions. `latest` is none of them: it always reads the newest version. */
export function createAliases(db: SqlDriver): AliasCalls {
  return {
    async setAlias(name, alias, version) {
      validateModelName(name);
      validateNewAlias(alias);
      const number = checkVersion(name, version);
      const sql = `INSERT INTO registered_model_aliases (model_no, alias, version) VALUES (${MODEL_NO}, ?, ?) ON CONFLICT (model_no, alias) DO UPDATE SET version = excluded.version`;
      await db.batch([holdVersion(name, number), { sql, params: [name, alias, number] }]);
    },
    async deleteAlias(name, alias) {
      validateModelName(name);
      validateAlias(alias);
      await db.batch([holdModel(name), { sql: `DELETE FROM registered_model_aliases WHERE model_no = ${MODEL_NO} AND alias = ?`, params: [name, alias] }]);
    },
    async getModelVersionByAlias(name, alias) {
      validateModelName(name);
      validateAlias(alias);
      try {
        return await readOne(db, isLatest(alias) ? newestVersion(name) : versionByAlias(name, alias), () => aliasNotFound(name, alias));
      } catch (error) {
        throw (await isModel(db, name)) ? error : modelNotFound(name);
      }
    },
  };
}

function aliasNotFound(name: string, alias: string): Error {
  if (isLatest(alias)) return new ResourceDoesNotExist(`Latest version not found for model ${name}.`);
  return new InvalidParameterValue(`Registered model alias ${alias} not found.`);
}

async function isModel(db: SqlDriver, name: string): Promise<boolean> {
  const { sql, params } = modelByName(name);
  return (await db.all(sql, params)).length > 0;
}
