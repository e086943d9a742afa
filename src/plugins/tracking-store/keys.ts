import type { SqlDriver } from '../database/driver.js';
import { selectIn } from './sql-lists.js';

/** The numbers that stand for the names of metrics, params and tags. A number never changes its name. */
export interface Keys {
  /** The numbers of all names; names that are new get one. */
  ensure(names: Iterable<string>): Promise<(name: string) => number>;
  /** The numbers of the names that exist; -1, which no row has, for others. */
  find(names: Iterable<string>): Promise<(name: string) => number>;
  /** The names of the numbers. */
  names(ids: Iterable<number>): Promise<(id: number) => string>;
}

/* Above so many cached names the cache starts anew. */
const CACHE_LIMIT = 200_000;

export function createKeys(db: SqlDriver): Keys {
  const ids = new Map<string, number>();
  const texts = new Map<number, string>();

  const remember = (rows: readonly { key_id?: number; name?: string }[]) => {
    if (ids.size > CACHE_LIMIT) {
      ids.clear();
      texts.clear();
    }
    for (const row of rows) {
      ids.set(row.name!, row.key_id!);
      texts.set(row.key_id!, row.name!);
    }
  };
  const load = async (column: 'name' | 'key_id', values: readonly (string | number)[]) => {
    remember(await selectIn(db, `SELECT key_id, name FROM keys WHERE ${column} IN (#)`, values));
  };

  async function find(names: Iterable<string>): Promise<(name: string) => number> {
    const wanted = new Set(names);
    const missing = [...wanted].filter((name) => !ids.has(name));
    if (missing.length > 0) await load('name', missing);
    const found = new Map([...wanted].map((name) => [name, ids.get(name) ?? -1]));
    return (name) => found.get(name) ?? -1;
  }

  return {
    find,
    async ensure(names) {
      const wanted = new Set(names);
      const missing = [...wanted].filter((name) => !ids.has(name));
      if (missing.length > 0) await db.batch([{ sql: 'INSERT INTO keys (name) VALUES (?) ON CONFLICT (name) DO NOTHING', many: missing.map((name) => [name]) }]);
      return find(wanted);
    },
    async names(wantedIds) {
      const wanted = new Set(wantedIds);
      const missing = [...wanted].filter((id) => !texts.has(id));
      if (missing.length > 0) await load('key_id', missing);
      const found = new Map([...wanted].map((id) => [id, texts.get(id) ?? '']));
      return (id) => found.get(id) ?? '';
    },
  };
}
