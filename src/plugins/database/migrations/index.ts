import { createHash } from 'node:crypto';
import { StartupError } from '../../../errors.js';
import type { Dialect, SchemaSession, SqlDriver } from '../driver.js';
import { trackingMigration } from './001-tracking.js';
import { registryMigration } from './002-registry.js';

/** One step of the schema. Once released it never changes: its checksum is kept in the database. */
export interface Migration {
  name: string;
  statements(dialect: Dialect): string[];
}

const MIGRATIONS: readonly Migration[] = [trackingMigration, registryMigration];

/**
 * Brings the schema up to date under a lock, so that two servers may start at once.
 * Throws StartupError for a database of another program and for one that a newer Taller wrote.
 */
export async function migrate(db: SqlDriver, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  if (await isUpToDate(db, migrations)) return;
  await db.underSchemaLock(async (session) => {
    const applied = await readApplied(session);
    refuseUnknown(applied, migrations);
    for (const migration of migrations) {
      if (applied.has(migration.name)) verify(migration, applied, db.dialect);
      else await apply(migration, session, db.dialect);
    }
  });
}

async function isUpToDate(db: SqlDriver, migrations: readonly Migration[]): Promise<boolean> {
  try {
    const applied = new Map((await db.all('SELECT name, checksum FROM taller_migrations')).map((row) => [row.name, row.checksum]));
    return applied.size === migrations.length && migrations.every((migration) => applied.get(migration.name) === checksum(migration, db.dialect));
  } catch {
    return false;
  }
}

async function readApplied(session: SchemaSession): Promise<Map<string, string>> {
  const tables = (await session.all("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")).map((row) => String(row.name));
  if (tables.includes('alembic_version')) throw new StartupError("the database has MLflow's own schema; give Taller a database of its own");
  if (tables.length > 0 && !tables.includes('taller_migrations')) throw new StartupError(`the database is not Taller's: it has a table "${tables[0]}"`);
  await session.exec('CREATE TABLE IF NOT EXISTS taller_migrations (name TEXT NOT NULL PRIMARY KEY, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)');
  return new Map((await session.all('SELECT name, checksum FROM taller_migrations')).map((row) => [row.name, row.checksum]));
}

function refuseUnknown(applied: ReadonlyMap<string, string>, migrations: readonly Migration[]): void {
  const known = new Set(migrations.map((migration) => migration.name));
  const newer = [...applied.keys()].find((name) => !known.has(name));
  if (newer) throw new StartupError(`the database was written by a newer Taller (schema step "${newer}")`);
}

function verify(migration: Migration, applied: ReadonlyMap<string, string>, dialect: Dialect): void {
  if (applied.get(migration.name) !== checksum(migration, dialect)) throw new StartupError(`the database's schema step "${migration.name}" differs from this Taller's`);
}

async function apply(migration: Migration, session: SchemaSession, dialect: Dialect): Promise<void> {
  for (const sql of migration.statements(dialect)) await session.exec(sql);
  await session.run('INSERT INTO taller_migrations (name, checksum, applied_at) VALUES (?, ?, ?)', [migration.name, checksum(migration, dialect), Date.now()]);
}

function checksum(migration: Migration, dialect: Dialect): string {
  return createHash('sha256').update(migration.statements(dialect).join(';\n')).digest('hex');
}
