import { InvalidParameterValue, InvalidState, ResourceAlreadyExists, ResourceDoesNotExist, UniqueViolation } from '../../errors.js';
import type { Result, Row, SqlDriver, Statement } from '../database/driver.js';
import type { Experiment, ExperimentStore, ViewType } from './contract.js';
import { searchExperiments } from './experiment-search.js';
import type { KeyValue } from './registry-contract.js';
import { groupBy, selectIn } from './sql-lists.js';
import { checkArtifactLocation, checkExperimentName, checkExperimentTag, parseExperimentId } from './validation.js';

export interface ExperimentDeps {
  db: SqlDriver;
  /** The location that new experiments are filed below, without a trailing slash. */
  defaultRoot: string;
  now: () => number;
}

export const stagesOf = (view: ViewType | undefined): string[] => (view === 'DELETED_ONLY' ? ['deleted'] : view === 'ALL' ? ['active', 'deleted'] : ['active']);

/** Throws when no experiment has this id, or when it was deleted. For a `check` inside the writing transaction. */
export function requireActiveExperiment(id: string, inactive = (stage: string): Error => new InvalidParameterValue(`The experiment ${id} must be in the 'active' state. Current state is ${stage}.`)): Statement {
  return {
    sql: 'SELECT lifecycle_stage FROM experiments WHERE experiment_id = ?',
    params: [parseExperimentId(id)],
    check({ rows }) {
      if (rows.length === 0) throw new ResourceDoesNotExist(`No Experiment with id=${id} exists`);
      if (rows[0]!.lifecycle_stage !== 'active') throw inactive(String(rows[0]!.lifecycle_stage));
    },
  };
}

export function createExperimentStore({ db, defaultRoot, now }: ExperimentDeps): ExperimentStore {
  const one = async (where: string, value: string | number, missing: () => Error) => {
    const rows = await db.all(`SELECT * FROM experiments WHERE ${where} = ?`, [value]);
    if (rows.length === 0) throw missing();
    return (await withTags(db, rows))[0]!;
  };
  const touch = (id: string) => ({ sql: 'UPDATE experiments SET last_update_time = ? WHERE experiment_id = ?', params: [now(), parseExperimentId(id)] });
  const setStage = async (id: string, from: string, to: string) => {
    const moved = { sql: 'UPDATE experiments SET lifecycle_stage = ?, last_update_time = ? WHERE experiment_id = ? AND lifecycle_stage = ?', params: [to, now(), parseExperimentId(id), from] };
    const check = ({ changes }: Result) => {
      if (changes === 0) throw new ResourceDoesNotExist(from === 'active' ? `No Experiment with id=${id} exists` : `No deleted experiment with id=${id} exists`);
    };
    const runs = to === 'deleted'
      ? { sql: "UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = ? WHERE experiment_id = ? AND lifecycle_stage = 'active'", params: [now(), parseExperimentId(id)] }
      : { sql: "UPDATE runs SET lifecycle_stage = 'active', deleted_time = NULL WHERE experiment_id = ? AND lifecycle_stage = 'deleted'", params: [parseExperimentId(id)] };
    await db.batch([{ ...moved, check }, runs]);
  };

  return {
    async createExperiment({ name, artifact_location: location, tags = [] }) {
      checkExperimentName(name);
      tags.forEach(checkExperimentTag);
      const given = location === undefined || location === '' ? undefined : location;
      if (given !== undefined) checkArtifactLocation(given);
      const time = now();
      try {
        const results = await db.batch([
          { sql: "INSERT INTO experiments (name, artifact_location, lifecycle_stage, creation_time, last_update_time) VALUES (?, ?, 'active', ?, ?) RETURNING experiment_id", params: [name, given ?? '', time, time] },
          { sql: "UPDATE experiments SET artifact_location = ? || CAST(experiment_id AS TEXT) WHERE name = ? AND artifact_location = ''", params: [`${defaultRoot}/`, name] },
          { sql: 'INSERT INTO experiment_tags (experiment_id, key, value) SELECT experiment_id, ?, ? FROM experiments WHERE name = ? ON CONFLICT (experiment_id, key) DO UPDATE SET value = excluded.value', many: tags.map(({ key, value }) => [key, value, name]) },
        ]);
        return String(results[0]!.rows[0]!.experiment_id);
      } catch (error) {
        if (error instanceof UniqueViolation) throw await nameTaken(db, name);
        throw error;
      }
    },
    getExperiment: async (id) => one('experiment_id', parseExperimentId(id), () => new ResourceDoesNotExist(`No Experiment with id=${id} exists`)),
    getExperimentByName: async (name) => one('name', name, () => new ResourceDoesNotExist(`Could not find experiment with name '${name}'`)),
    searchExperiments: (input) => searchExperiments(db, input, (rows) => withTags(db, rows)),
    async updateExperiment(id, name) {
      if (name === undefined || name === '') return;
      checkExperimentName(name);
      try {
        await db.batch([
          requireActiveExperiment(id, () => new InvalidState('Cannot rename a non-active experiment.')),
          { sql: 'UPDATE experiments SET name = ?, last_update_time = ? WHERE experiment_id = ?', params: [name, now(), parseExperimentId(id)] },
        ]);
      } catch (error) {
        if (error instanceof UniqueViolation) throw await nameTaken(db, name);
        throw error;
      }
    },
    deleteExperiment: (id) => setStage(id, 'active', 'deleted'),
    restoreExperiment: (id) => setStage(id, 'deleted', 'active'),
    async setExperimentTag(id, key, value) {
      checkExperimentTag({ key, value });
      const write = { sql: 'INSERT INTO experiment_tags (experiment_id, key, value) VALUES (?, ?, ?) ON CONFLICT (experiment_id, key) DO UPDATE SET value = excluded.value', params: [parseExperimentId(id), key, value] };
      await db.batch([requireActiveExperiment(id), write, touch(id)]);
    },
    async deleteExperimentTag(id, key) {
      const check = ({ changes }: Result) => {
        if (changes === 0) throw new ResourceDoesNotExist(`No tag with name: ${key} in experiment with id ${id}`);
      };
      await db.batch([requireActiveExperiment(id), { sql: 'DELETE FROM experiment_tags WHERE experiment_id = ? AND key = ?', params: [parseExperimentId(id), key], check }, touch(id)]);
    },
  };
}

/** Makes the experiment "Default" with id 0 in a database that has none; one that was deleted stays deleted. */
export async function ensureDefaultExperiment({ db, defaultRoot, now }: ExperimentDeps): Promise<void> {
  const time = now();
  const [row] = await db.all('SELECT experiment_id FROM experiments LIMIT 1');
  if (row) return;
  await db.batch([{ sql: "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time) VALUES (0, 'Default', ?, 'active', ?, ?) ON CONFLICT DO NOTHING", params: [`${defaultRoot}/0`, time, time] }]);
}

async function nameTaken(db: SqlDriver, name: string): Promise<Error> {
  const [row] = await db.all('SELECT experiment_id, lifecycle_stage FROM experiments WHERE name = ?', [name]);
  const deleted = row?.lifecycle_stage === 'deleted' ? ` It is in deleted state: restore it (experiments/restore with experiment_id=${row.experiment_id}) or choose another name.` : '';
  return new ResourceAlreadyExists(`Experiment(name=${name}) already exists.${deleted}`);
}

async function withTags(db: SqlDriver, rows: readonly Row[]): Promise<Experiment[]> {
  const tags = await selectIn(db, 'SELECT experiment_id, key, value FROM experiment_tags WHERE experiment_id IN (#) ORDER BY key', rows.map((row) => row.experiment_id as number));
  const tagsOf = groupBy(tags, (tag) => tag.experiment_id as number);
  return rows.map((row) => ({
    experiment_id: String(row.experiment_id),
    name: row.name,
    artifact_location: row.artifact_location,
    lifecycle_stage: row.lifecycle_stage,
    last_update_time: Number(row.last_update_time),
    creation_time: Number(row.creation_time),
    tags: tagsOf.get(row.experiment_id)?.map(({ key, value }) => ({ key, value }) as KeyValue),
  }));
}
