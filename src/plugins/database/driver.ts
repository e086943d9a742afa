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
  /** Runs the statement once for each row of parameters; excludes `params`. */
  many?: readonly (readonly SqlValue[])[];
  /** Looks at the result inside the transaction; what it throws rolls the whole batch back. */
  check?: (result: Result) => void;
}

/** What differs between the engines, as named flags and small functions. */
export interface Dialect {
  name: 'sqlite' | 'postgres';
  /** A case-sensitive LIKE: SQLite's own LIKE ignores case. */
  like(column: string): string;
  /** A LIKE that ignores case. */
  ilike(column: string): string;
}

export interface SqlDriver {
  dialect: Dialect;
  /** Reads outside a transaction. Sees every acknowledged write. */
  all(sql: string, params?: readonly SqlValue[]): Promise<Row[]>;
  /** All statements or none, in order; resolves after the commit is on disk. Throws UniqueViolation on a broken unique key. */
  batch(statements: readonly Statement[]): Promise<Result[]>;
  close(): Promise<void>;
}
