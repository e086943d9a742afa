import Database from 'better-sqlite3';
import { LRUCache } from 'lru-cache';
import { BadRequest, TemporarilyUnavailable, UniqueViolation } from '../../errors.js';
import { compileLike } from './like.js';
import type { Dialect, Result, Row, SchemaSession, SqlDriver, SqlValue, Statement } from './driver.js';

interface Job {
  statements: readonly Statement[];
  resolve(results: Result[]): void;
  reject(error: unknown): void;
}

const dialect: Dialect = {
  name: 'sqlite',
  identity: 'INTEGER PRIMARY KEY AUTOINCREMENT',
  withoutRowid: 'WITHOUT ROWID',
  like: (column, pattern) => ({ sql: `taller_like(${column}, ?)`, params: [pattern] }),
  ilike: (column, pattern) => ({ sql: `${column} LIKE ?`, params: [pattern] }),
};

/**
 * The embedded engine. Writes that arrive in one turn of the event loop share one transaction and
 * therefore one fsync (group commit); each still succeeds or fails alone, behind its own savepoint.
 */
export function createSqliteDriver(filename: string): SqlDriver {
  const db = open(filename);
  const statements = new LRUCache<string, Database.Statement>({ max: 500 });
  let queue: Job[] = [];

  const prepare = (sql: string) => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = db.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const rollback = db.prepare('ROLLBACK');
  const savepoint = db.prepare('SAVEPOINT job');
  const release = db.prepare('RELEASE job');
  const rollbackJob = db.prepare('ROLLBACK TO job');
  const dataVersion = db.prepare('PRAGMA data_version').pluck();
  let seenVersion = dataVersion.get();
  const all = (sql: string, params: readonly SqlValue[] = []) => prepare(sql).all(params) as Row[];

  function runJob(job: Job): () => void {
    savepoint.run();
    try {
      const results = job.statements.map((statement) => execute(prepare(statement.sql), statement));
      release.run();
      return () => job.resolve(results);
    } catch (error) {
      rollbackJob.run();
      release.run();
      return () => job.reject(translate(error));
    }
  }

  function flush(): void {
    const jobs = queue;
    queue = [];
    try {
      begin.run();
      const settle = jobs.map(runJob);
      commit.run();
      for (const done of settle) done();
    } catch (error) {
      if (db.inTransaction) rollback.run();
      for (const job of jobs) job.reject(translate(error));
    }
  }

  return {
    dialect,
    async all(sql, params) {
      try {
        return all(sql, params);
      } catch (error) {
        throw translate(error);
      }
    },
    batch(batchStatements) {
      return new Promise((resolve, reject) => {
        if (queue.length === 0) setImmediate(flush);
        queue.push({ statements: batchStatements, resolve, reject });
      });
    },
    async underSchemaLock(work) {
      db.exec('BEGIN EXCLUSIVE');
      const session: SchemaSession = { exec: async (sql) => void db.exec(sql), all: async (sql, params) => all(sql, params), run: async (sql, params = []) => void prepare(sql).run(params) };
      try {
        await work(session);
        db.exec('COMMIT');
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    },
    changedElsewhere() {
      const version = dataVersion.get();
      const changed = version !== seenVersion;
      seenVersion = version;
      return changed;
    },
    async close() {
      if (queue.length > 0) flush();
      db.close();
    },
  };
}

function open(filename: string): Database.Database {
  const db = new Database(filename);
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('busy_timeout = 5000');
    db.pragma('cache_size = -65536');
    db.pragma('wal_autocheckpoint = 4000');
    db.pragma('temp_store = MEMORY');
    db.function('taller_like', { deterministic: true }, (value, pattern) => (matchesLike(String(value), String(pattern)) ? 1 : 0));
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

const likePatterns = new LRUCache<string, (text: string) => boolean>({ max: 100 });

function matchesLike(text: string, pattern: string): boolean {
  const matches = likePatterns.get(pattern) ?? compileLike(pattern);
  likePatterns.set(pattern, matches);
  return matches(text);
}

function execute(prepared: Database.Statement, statement: Statement): Result {
  if (statement.many) {
    let changes = 0;
    for (const params of statement.many) changes += prepared.run(params).changes;
    return { rows: [], changes };
  }
  const result = prepared.reader ? readRows(prepared, statement) : { rows: [], changes: prepared.run(statement.params ?? []).changes };
  statement.check?.(result);
  return result;
}

function readRows(prepared: Database.Statement, statement: Statement): Result {
  const rows = prepared.all(statement.params ?? []) as Row[];
  return { rows, changes: rows.length };
}

/* What SQLite answers to a statement beyond its limits; a request made it so large. */
const TOO_LARGE = /^(?:too many SQL variables|Expression tree is too large|at most \d+ tables in a join)/;

function translate(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  if (error.code === 'SQLITE_CONSTRAINT_UNIQUE' || error.code === 'SQLITE_CONSTRAINT_PRIMARYKEY') return new UniqueViolation(error.message);
  if (/^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY)/.test(error.code)) return new TemporarilyUnavailable(`The tracking database cannot be written now (${error.code}); nothing of this request was stored.`);
  if (TOO_LARGE.test(error.message)) return new BadRequest(`The request asks for more than the database takes in one statement (${error.message}); ask for less at a time.`);
  return error;
}
