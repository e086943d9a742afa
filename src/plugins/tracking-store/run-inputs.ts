import type { SqlValue, Statement } from '../database/driver.js';
import type { RunStore } from './contract.js';
import { requireActiveRun, type RunDeps } from './runs.js';
import { checkDatasetInput, checkRunId } from './validation.js';

/** Records datasets and models that a run used. A dataset is one per experiment, name and digest; a second logging changes nothing. */
export async function logInputs({ db, reader }: RunDeps, input: Parameters<RunStore['logInputs']>[0]): Promise<void> {
  checkRunId(input.run_id);
  const inputs = (input.datasets ?? []).map((given) => ({ tags: given.tags ?? [], dataset: checkDatasetInput(given) }));
  const { runNo, experimentId } = await reader.handle(input.run_id);
  const pick = 'SELECT dataset_id FROM datasets WHERE experiment_id = ? AND name = ? AND digest = ?';
  const statements: Statement[] = [requireActiveRun(runNo, input.run_id)];
  for (const { dataset, tags } of inputs) {
    const identity = [experimentId, dataset.name, dataset.digest];
    statements.push(
      {
        sql: 'INSERT INTO datasets (experiment_id, name, digest, source_type, source, schema, profile) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (experiment_id, name, digest) DO NOTHING',
        params: [...identity, dataset.source_type, dataset.source, dataset.schema ?? null, dataset.profile ?? null],
      },
      {
        sql: `INSERT INTO run_dataset_tags (run_no, dataset_id, key, value) SELECT ?, (${pick}), ?, ?
          WHERE NOT EXISTS (SELECT 1 FROM run_datasets WHERE run_no = ? AND dataset_id = (${pick})) ON CONFLICT (run_no, dataset_id, key) DO NOTHING`,
        many: tags.map((tag): SqlValue[] => [runNo, ...identity, tag.key, tag.value, runNo, ...identity]),
      },
      { sql: `INSERT INTO run_datasets (run_no, dataset_id) VALUES (?, (${pick})) ON CONFLICT (run_no, dataset_id) DO NOTHING`, params: [runNo, ...identity] },
    );
  }
  statements.push(linkModels(runNo, 'input', (input.models ?? []).map((model) => ({ ...model, step: 0 }))));
  await finish(db.batch(statements), () => reader.forget(runNo));
}

/** Records the models that a run made. */
export async function logOutputs({ db, reader }: RunDeps, input: Parameters<RunStore['logOutputs']>[0]): Promise<void> {
  const { runNo } = await reader.handle(input.run_id);
  await finish(db.batch([requireActiveRun(runNo, input.run_id), linkModels(runNo, 'output', input.models)]), () => reader.forget(runNo));
}

function linkModels(runNo: number, direction: 'input' | 'output', models: readonly { model_id: string; step?: number }[]): Statement {
  return {
    sql: 'INSERT INTO run_models (run_no, model_id, direction, step) VALUES (?, ?, ?, ?) ON CONFLICT (run_no, model_id, direction) DO UPDATE SET step = excluded.step',
    many: models.map((model): SqlValue[] => [runNo, model.model_id, direction, model.step ?? 0]),
  };
}

const finish = async (work: Promise<unknown>, done: () => void): Promise<void> => {
  try {
    await work;
  } finally {
    done();
  }
};
