export type SqlValue = string | number | null | Uint8Array;
export type Row = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- a row's shape is known by its query

export interface Result {
  /** The rows of a SELECT or of a RETURNING clause, else empty. */
  rows: Row[];
  /** How many rows a write changed, inserted or deleted. */
  changes: number;
}

export interface Statement {
  /** SQL with `?` placeholders; a driver numbers them where its engine wants that. */
  sql: string;
  params?: readonly SqlValue[];
  /** Runs the statement once for each row of parameters; excludes `params` and `check`. */
  many?: readonly (readonly SqlValue[])[];
  /** Looks at the result inside the transaction; what it throws rolls the whole batch back. */
  check?: (result: Result) => void;
}

/** What differs between the engines, as named flags and small functions. */
export interface Dialect {
  name: 'sqlite' | 'postgres';
  /** The type of a column that numbers its rows by itself. */
  identity: string;
  /** Behind CREATE TABLE (...): stores the rows in their primary key's order, where the engine can. */
  withoutRowid: string;
  /** A LIKE that minds case. */
  like: PatternCondition;
  /** A LIKE that ignores case. */
  ilike: PatternCondition;
}

/** A condition over one column and one pattern, with the parameters it binds. */
export type PatternCondition = (column: string, pattern: string) => { sql: string; params: SqlValue[] };

/** What a migration may do while it holds the schema lock. */
export interface SchemaSession {
  exec(sql: string): Promise<void>;
  all(sql: string, params?: readonly SqlValue[]): Promise<Row[]>;
  run(sql: string, params?: readonly SqlValue[]): Promise<void>;
}

export interface SqlDriver {
  dialect: Dialect;
  /** Reads outside a transaction. Sees every acknowledged write. */
  all(sql: string, params?: readonly SqlValue[]): Promise<Row[]>;
  /** All statements or none, in order; resolves after the commit is on disk. Throws UniqueViolation on a broken unique key. */
  batch(statements: readonly Statement[]): Promise<Result[]>;
  /** One transaction that no other process shares, for migrations at start-up. */
  underSchemaLock(work: (session: SchemaSession) => Promise<void>): Promise<void>;
  /** True once after another process has written to the database: what was kept in memory may be old. */
  changedElsewhere(): boolean;
  close(): Promise<void>;
}
