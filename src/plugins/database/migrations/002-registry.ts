import type { Dialect } from '../driver.js';
import type { Migration } from './index.js';

/*
 * A model has a small number (model_no), so that renaming it changes one row. last_version only grows:
 * the number of a deleted version is never given again.
 */
export const registryMigration: Migration = {
  name: '002-registry',
  statements: (dialect: Dialect) => [
    `CREATE TABLE registered_models (
      model_no ${dialect.identity}, name TEXT NOT NULL UNIQUE, creation_timestamp BIGINT NOT NULL, last_updated_timestamp BIGINT NOT NULL,
      description TEXT NOT NULL, last_version BIGINT NOT NULL)`,
    'CREATE INDEX registered_models_by_update ON registered_models (last_updated_timestamp, name)',
    `CREATE TABLE registered_model_tags (
      model_no BIGINT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (model_no, key)) ${dialect.withoutRowid}`,
    `CREATE TABLE model_versions (
      model_no BIGINT NOT NULL, version BIGINT NOT NULL, creation_timestamp BIGINT NOT NULL, last_updated_timestamp BIGINT NOT NULL,
      description TEXT, current_stage TEXT NOT NULL, source TEXT NOT NULL, storage_location TEXT NOT NULL, run_id TEXT NOT NULL, run_link TEXT NOT NULL,
      model_id TEXT, status TEXT NOT NULL, PRIMARY KEY (model_no, version)) ${dialect.withoutRowid}`,
    'CREATE INDEX model_versions_by_stage ON model_versions (model_no, current_stage, version)',
    'CREATE INDEX model_versions_by_run ON model_versions (run_id)',
    'CREATE INDEX model_versions_by_update ON model_versions (last_updated_timestamp)',
    `CREATE TABLE model_version_tags (
      model_no BIGINT NOT NULL, version BIGINT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (model_no, version, key)) ${dialect.withoutRowid}`,
    `CREATE TABLE registered_model_aliases (
      model_no BIGINT NOT NULL, alias TEXT NOT NULL, version BIGINT NOT NULL, PRIMARY KEY (model_no, alias)) ${dialect.withoutRowid}`,
  ],
};
