import type { ArtifactStore } from './store.js';

/** Two stores as one: paths below the folder `name` go to `mounted`, all others to `base`. */
export function createMountedStore(base: ArtifactStore, name: string, mounted: ArtifactStore): ArtifactStore {
  const route = (path: string): [ArtifactStore, string] =>
    path === name || path.startsWith(`${name}/`) ? [mounted, path.slice(name.length + 1)] : [base, path];
  return {
    list: (path) => call(route(path), (store, rest) => store.list(rest)),
    open: (path, range) => call(route(path), (store, rest) => store.open(rest, range)),
    stat: (path) => call(route(path), (store, rest) => store.stat(rest)),
    write: (path, content) => call(route(path), (store, rest) => store.write(rest, content)),
    delete: (path) => call(route(path), (store, rest) => store.delete(rest)),
  };
}

const call = <T>([store, rest]: [ArtifactStore, string], work: (store: ArtifactStore, rest: string) => T): T => work(store, rest);
