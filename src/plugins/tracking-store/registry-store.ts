import type { SqlDriver } from '../database/driver.js';
import { createAliases } from './registry-aliases.js';
import type { Registry } from './registry-contract.js';
import { createRegisteredModels } from './registry-models.js';
import { createSourceResolver, type ResolveSource } from './registry-source.js';
import { createModelVersions } from './registry-versions.js';

export interface RegistryDeps {
  db: SqlDriver;
  /** Locates every source that is not the registry's own, and refuses what its run or logged model does not hold. */
  resolveSource: ResolveSource;
  /** Milliseconds since 1970; a test may hold it still. */
  now?: () => number;
}

/** The model registry over a migrated database. Every write is one transaction. */
export function createRegistry({ db, resolveSource, now = Date.now }: RegistryDeps): Registry {
  const registry: Registry = {
    ...createRegisteredModels(db, now),
    ...createAliases(db),
    ...createModelVersions(db, now, (input) => resolve(input)),
  };
  const resolve = createSourceResolver(registry, resolveSource);
  return registry;
}
