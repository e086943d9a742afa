import type { Result, Row, SqlDriver, Statement } from '../database/driver.js';
import type { KeyValue, ModelVersion, RegisteredModel } from './registry-contract.js';
import type { SqlFragment } from './keyset.js';

/*
 * Reading by selection: a query that answers (model_no[, version]) picks the entities, and one statement for each of
 * their tables joins it. The same statements run at the end of a batch of writes, where they see those writes alone.
 */

/** A read, and how its results become entities. */
export interface Read<T> {
  statements: readonly Statement[];
  assemble(results: readonly Row[][]): T;
}

export const modelByName = (name: string): SqlFragment => ({ sql: 'SELECT m.model_no FROM registered_models m WHERE m.name = ?', params: [name] });

export const versionByNumber = (name: string, version: number): SqlFragment => ({
  sql: 'SELECT v.model_no, v.version FROM model_versions v JOIN registered_models m ON m.model_no = v.model_no WHERE m.name = ? AND v.version = ?',
  params: [name, version],
});

export const versionByAlias = (name: string, alias: string): SqlFragment => ({
  sql: 'SELECT a.model_no, a.version FROM registered_model_aliases a JOIN registered_models m ON m.model_no = a.model_no WHERE m.name = ? AND a.alias = ?',
  params: [name, alias],
});

export const newestVersion = (name: string): SqlFragment => ({
  sql: 'SELECT v.model_no, v.version FROM model_versions v JOIN registered_models m ON m.model_no = v.model_no WHERE m.name = ? ORDER BY v.version DESC LIMIT 1',
  params: [name],
});

/** The newest version of each stage; a stage stands where its first version stands. */
export const newestOfStages = (models: SqlFragment): SqlFragment => ({
  sql: `SELECT v.model_no, MAX(v.version) AS version, MIN(v.version) AS first_version
    FROM model_versions v WHERE v.model_no IN (SELECT model_no FROM (${models.sql}) chosen) GROUP BY v.model_no, v.current_stage`,
  params: models.params,
});

/** Versions with their tags, in the given order; aliases only where they are asked for, as MLflow's lists leave them out. */
export function readVersions(selection: SqlFragment, options: { aliases: boolean; orderBy?: string }): Read<ModelVersion[]> {
  const statements = [
    joinVersions(selection, options.orderBy ?? 'v.model_no, v.version'),
    joined(selection, 't.model_no, t.version, t.key, t.value', 'model_version_tags t ON t.model_no = s.model_no AND t.version = s.version', 't.key'),
    ...(options.aliases ? [joined(selection, 'a.model_no, a.version, a.alias', 'registered_model_aliases a ON a.model_no = s.model_no AND a.version = s.version', 'a.alias')] : []),
  ];
  return {
    statements,
    assemble([versions = [], tags = [], aliases = []]) {
      const tagsOf = groupBy(tags, versionKey);
      const aliasesOf = groupBy(aliases, versionKey);
      return versions.map((row) => toVersion(row, tagsOf.get(versionKey(row)), aliasesOf.get(versionKey(row))));
    },
  };
}

/** Models with their tags, aliases and the newest version of each stage. */
export function readModels(selection: SqlFragment, orderBy = 'm.name'): Read<RegisteredModel[]> {
  const latest = readVersions(newestOfStages(selection), { aliases: false, orderBy: 's.model_no, s.first_version' });
  const statements = [
    joined(selection, 'm.*', 'registered_models m ON m.model_no = s.model_no', orderBy),
    joined(selection, 't.model_no, t.key, t.value', 'registered_model_tags t ON t.model_no = s.model_no', 't.key'),
    joined(selection, 'a.model_no, a.alias, a.version', 'registered_model_aliases a ON a.model_no = s.model_no', 'a.alias'),
    ...latest.statements,
  ];
  return {
    statements,
    assemble([models = [], tags = [], aliases = [], ...latestResults]) {
      const tagsOf = groupBy(tags, modelKey);
      const aliasesOf = groupBy(aliases, modelKey);
      const latestOf = groupBy(latest.assemble(latestResults), ({ name }) => name);
      return models.map((row) => toModel(row, { tags: tagsOf.get(modelKey(row)), aliases: aliasesOf.get(modelKey(row)), latest: latestOf.get(String(row.name)) }));
    },
  };
}

/** Runs a read outside a transaction; its statements start together, so that the embedded engine runs them as one. */
export async function run<T>(db: SqlDriver, read: Read<T>): Promise<T> {
  return read.assemble(await Promise.all(read.statements.map(({ sql, params }) => db.all(sql, params))));
}

/** Writes, then reads what they left, in one transaction. */
export async function writeThenRead<T>(db: SqlDriver, writes: readonly Statement[], read: Read<T>): Promise<T> {
  const results: Result[] = await db.batch([...writes, ...read.statements]);
  return read.assemble(results.slice(writes.length).map(({ rows }) => rows));
}

function joined(selection: SqlFragment, columns: string, table: string, orderBy: string): Statement {
  return { sql: `SELECT ${columns} FROM (${selection.sql}) s JOIN ${table} ORDER BY ${orderBy}`, params: selection.params };
}

function joinVersions(selection: SqlFragment, orderBy: string): Statement {
  return joined(selection, 'v.*, m.name', 'model_versions v ON v.model_no = s.model_no AND v.version = s.version JOIN registered_models m ON m.model_no = s.model_no', orderBy);
}

const modelKey = (row: Row): string => String(row.model_no);
const versionKey = (row: Row): string => `${row.model_no}/${row.version}`;

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

function toModel(row: Row, parts: { tags?: Row[]; aliases?: Row[]; latest?: ModelVersion[] }): RegisteredModel {
  return {
    name: row.name,
    creation_timestamp: Number(row.creation_timestamp),
    last_updated_timestamp: Number(row.last_updated_timestamp),
    description: row.description || undefined,
    latest_versions: parts.latest,
    tags: parts.tags?.map(toTag),
    aliases: parts.aliases?.map(({ alias, version }) => ({ alias, version: String(version) })),
  };
}

function toVersion(row: Row, tags?: Row[], aliases?: Row[]): ModelVersion {
  return {
    name: row.name,
    version: String(row.version),
    creation_timestamp: Number(row.creation_timestamp),
    last_updated_timestamp: Number(row.last_updated_timestamp),
    current_stage: row.current_stage,
    description: row.description ?? undefined,
    source: row.source,
    run_id: row.run_id,
    run_link: row.run_link,
    model_id: row.model_id ?? undefined,
    status: row.status,
    tags: tags?.map(toTag),
    aliases: aliases?.map(({ alias }) => alias),
  };
}

const toTag = ({ key, value }: Row): KeyValue => ({ key, value });
