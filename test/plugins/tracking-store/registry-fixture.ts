import { join } from 'node:path';
import type { Test } from 'tap';
import { InvalidParameterValue } from '../../../src/errors.js';
import type { SqlDriver } from '../../../src/plugins/database/driver.js';
import { migrate } from '../../../src/plugins/database/migrations/index.js';
import { createSqliteDriver } from '../../../src/plugins/database/sqlite-driver.js';
import type { Registry } from '../../../src/plugins/tracking-store/registry-contract.js';
import type { ResolveSource } from '../../../src/plugins/tracking-store/registry-source.js';
import { createRegistry } from '../../../src/plugins/tracking-store/registry-store.js';

export interface RegistryFixture {
  registry: Registry;
  db: SqlDriver;
  /** What the clock shows; it stands still until a test moves it. */
  clock: { now: number };
}

/**
 * Sources outside the registry: one logged model, m-1 of run r1, and whatever lies in a bucket.
 * The tracking store has its own tests for what it lets through.
 */
export const resolveSource: ResolveSource = async ({ source }) => {
  if (source === 'models:/m-1') return { storageLocation: 'mlflow-artifacts:/1/models/m-1/artifacts', modelId: 'm-1', runId: 'r1' };
  if (source.startsWith('s3://')) return { storageLocation: source };
  throw new InvalidParameterValue(`Invalid model version source: '${source}'.`);
};

/** A registry over a new SQLite file. */
export async function createFixture(t: Test): Promise<RegistryFixture> {
  const db = createSqliteDriver(join(t.testdir(), 'registry.db'));
  t.teardown(() => db.close());
  await migrate(db);
  const clock = { now: 1000 };
  return { db, clock, registry: createRegistry({ db, resolveSource, now: () => clock.now }) };
}

/** Runs the call and answers the code, status and message that it throws. */
export async function faultOf(call: Promise<unknown>): Promise<{ code: string; status: number; message: string } | 'no fault'> {
  try {
    await call;
    return 'no fault';
  } catch (error) {
    const { code, statusCode, message } = error as { code: string; statusCode: number; message: string };
    return { code, status: statusCode, message };
  }
}

export const invalid = (message: string) => ({ code: 'INVALID_PARAMETER_VALUE', status: 400, message });
export const missing = (message: string) => ({ code: 'RESOURCE_DOES_NOT_EXIST', status: 404, message });
export const taken = (message: string) => ({ code: 'RESOURCE_ALREADY_EXISTS', status: 400, message });
