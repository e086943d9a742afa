import type { Statement } from '../database/driver.js';
import { modelNotFound, versionNotFound } from './registry-validation.js';

/*
 * Statements that open a batch: each holds the row that the batch is about until the commit, on every engine,
 * and rolls the batch back where there is none. All that follows may rely on the row.
 */

/** The number of the model named by the next parameter. */
export const MODEL_NO = '(SELECT model_no FROM registered_models WHERE name = ?)';

/** Holds a model and leaves it as it is. */
export const holdModel = (name: string): Statement => ({
  sql: 'UPDATE registered_models SET last_version = last_version WHERE name = ? RETURNING model_no',
  params: [name],
  check: ({ rows }) => {
    if (rows.length === 0) throw modelNotFound(name);
  },
});

/** Holds a version and leaves it as it is. */
export const holdVersion = (name: string, version: number): Statement => ({
  sql: `UPDATE model_versions SET status = status WHERE model_no = ${MODEL_NO} AND version = ? RETURNING version`,
  params: [name, version],
  check: ({ rows }) => {
    if (rows.length === 0) throw versionNotFound(name, version);
  },
});

/** Notes that a model has changed. */
export const touchModel = (name: string, now: number): Statement => ({ sql: 'UPDATE registered_models SET last_updated_timestamp = ? WHERE name = ?', params: [now, name] });

export const insertModelTags = (name: string, tags: ReadonlyMap<string, string>): Statement => ({
  sql: `INSERT INTO registered_model_tags (model_no, key, value) VALUES (${MODEL_NO}, ?, ?) ON CONFLICT (model_no, key) DO UPDATE SET value = excluded.value`,
  many: [...tags].map(([key, value]) => [name, key, value]),
});

export const insertVersionTag = (name: string, version: number, key: string, value: string): Statement => ({
  sql: `INSERT INTO model_version_tags (model_no, version, key, value) VALUES (${MODEL_NO}, ?, ?, ?) ON CONFLICT (model_no, version, key) DO UPDATE SET value = excluded.value`,
  params: [name, version, key, value],
});
