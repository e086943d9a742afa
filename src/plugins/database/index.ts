import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import fp from 'fastify-plugin';
import { StartupError } from '../../errors.js';
import { sqliteFilename } from '../config.js';
import type { SqlDriver } from './driver.js';
import { migrate } from './migrations/index.js';
import { createSqliteDriver } from './sqlite-driver.js';

declare module 'fastify' {
  interface FastifyInstance {
    db: SqlDriver;
  }
}

export interface DatabaseOptions {
  backendStoreUri: string;
}

/** Opens the tracking database, brings its schema up to date, and closes it with the server. */
export default fp<DatabaseOptions>(
  async (app, { backendStoreUri }) => {
    const db = await openDatabase(backendStoreUri);
    app.addHook('onClose', () => db.close());
    app.decorate('db', db);
  },
  { name: 'database' },
);

/** Throws StartupError, with one line, for a database that cannot be opened or is not Taller's. */
export async function openDatabase(backendStoreUri: string): Promise<SqlDriver> {
  const filename = sqliteFilename(backendStoreUri);
  let db: SqlDriver | undefined;
  try {
    if (filename !== ':memory:') await mkdir(dirname(filename), { recursive: true });
    db = createSqliteDriver(filename);
    await migrate(db);
    return db;
  } catch (error) {
    await db?.close();
    throw new StartupError(`--backend-store-uri ${backendStoreUri}: ${(error as Error).message}`);
  }
}
