import type { Dialect } from '../driver.js';
import type { Migration } from './index.js';

/*
 * Runs and keys have small integer numbers (run_no, key_id), so that a metric point is a short row
 * in an ordered table. NaN is stored as is_nan = 1 with value 0, because SQLite turns NaN into NULL;
 * latest_metrics follows the order step, timestamp, value.
 */
export const trackingMigration: Migration = {
  name: '001-tracking',
  statements: (dialect: Dialect) => [
    `CREATE TABLE experiments (
      experiment_id ${dialect.identity}, name TEXT NOT NULL UNIQUE, artifact_location TEXT NOT NULL, lifecycle_stage TEXT NOT NULL,
      creation_time BIGINT NOT NULL, last_update_time BIGINT NOT NULL)`,
    `CREATE TABLE experiment_tags (
      experiment_id BIGINT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (experiment_id, key)) ${dialect.withoutRowid}`,
    `CREATE TABLE keys (key_id ${dialect.identity}, name TEXT NOT NULL UNIQUE)`,
    `CREATE TABLE runs (
      run_no ${dialect.identity}, run_id TEXT NOT NULL UNIQUE, experiment_id BIGINT NOT NULL, run_name TEXT NOT NULL, user_id TEXT NOT NULL,
      status TEXT NOT NULL, start_time BIGINT, end_time BIGINT, lifecycle_stage TEXT NOT NULL, deleted_time BIGINT, artifact_uri TEXT NOT NULL)`,
    'CREATE INDEX runs_by_experiment ON runs (experiment_id, lifecycle_stage, start_time)',
    `CREATE TABLE metrics (
      run_no BIGINT NOT NULL, key_id BIGINT NOT NULL, step BIGINT NOT NULL, timestamp BIGINT NOT NULL, value DOUBLE PRECISION NOT NULL, is_nan SMALLINT NOT NULL, PRIMARY KEY (run_no, key_id, step, timestamp, value, is_nan)) ${dialect.withoutRowid}`,
    `CREATE TABLE latest_metrics (
      run_no BIGINT NOT NULL, key_id BIGINT NOT NULL, step BIGINT NOT NULL, timestamp BIGINT NOT NULL, value DOUBLE PRECISION NOT NULL, is_nan SMALLINT NOT NULL, PRIMARY KEY (run_no, key_id)) ${dialect.withoutRowid}`,
    'CREATE INDEX latest_metrics_by_value ON latest_metrics (key_id, value)',
    `CREATE TABLE params (
      run_no BIGINT NOT NULL, key_id BIGINT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (run_no, key_id)) ${dialect.withoutRowid}`,
    'CREATE INDEX params_by_value ON params (key_id, substr(value, 1, 250))',
    `CREATE TABLE tags (
      run_no BIGINT NOT NULL, key_id BIGINT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (run_no, key_id)) ${dialect.withoutRowid}`,
    'CREATE INDEX tags_by_value ON tags (key_id, substr(value, 1, 250))',
    `CREATE TABLE datasets (
      dataset_id ${dialect.identity}, experiment_id BIGINT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL, source_type TEXT NOT NULL,
      source TEXT NOT NULL, schema TEXT, profile TEXT, UNIQUE (experiment_id, name, digest))`,
    `CREATE TABLE run_datasets (
      run_no BIGINT NOT NULL, dataset_id BIGINT NOT NULL, PRIMARY KEY (run_no, dataset_id)) ${dialect.withoutRowid}`,
    `CREATE TABLE run_dataset_tags (
      run_no BIGINT NOT NULL, dataset_id BIGINT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (run_no, dataset_id, key)) ${dialect.withoutRowid}`,
    `CREATE TABLE run_models (
      run_no BIGINT NOT NULL, model_id TEXT NOT NULL, direction TEXT NOT NULL, step BIGINT NOT NULL, PRIMARY KEY (run_no, model_id, direction)) ${dialect.withoutRowid}`,
    `CREATE TABLE logged_models (
      model_id TEXT NOT NULL PRIMARY KEY, experiment_id BIGINT NOT NULL, name TEXT NOT NULL, artifact_uri TEXT NOT NULL, creation_timestamp BIGINT NOT NULL,
      last_updated_timestamp BIGINT NOT NULL, status TEXT NOT NULL, status_message TEXT, model_type TEXT, source_run_id TEXT, lifecycle_stage TEXT NOT NULL, deleted_time BIGINT)`,
    'CREATE INDEX logged_models_by_experiment ON logged_models (experiment_id, creation_timestamp)',
    'CREATE INDEX logged_models_by_run ON logged_models (source_run_id)',
    `CREATE TABLE logged_model_tags (
      model_id TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (model_id, key)) ${dialect.withoutRowid}`,
    `CREATE TABLE logged_model_params (
      model_id TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (model_id, key)) ${dialect.withoutRowid}`,
    `CREATE TABLE logged_model_metrics (
      model_id TEXT NOT NULL, key TEXT NOT NULL, step BIGINT NOT NULL, timestamp BIGINT NOT NULL, value DOUBLE PRECISION NOT NULL, is_nan SMALLINT NOT NULL, run_id TEXT NOT NULL,
      dataset_name TEXT NOT NULL, dataset_digest TEXT NOT NULL,
      PRIMARY KEY (model_id, key, step, timestamp, value, is_nan, run_id, dataset_name, dataset_digest)) ${dialect.withoutRowid}`,
  ],
};
