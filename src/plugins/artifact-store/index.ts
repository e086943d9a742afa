import { mkdir } from 'node:fs/promises';
import fp from 'fastify-plugin';
import { StartupError } from '../../errors.js';
import { prepareForUploads } from './atomic-write.js';
import { createLocalStore } from './local-store.js';
import { type DefaultRoot, defaultRootOf, localFolder, pathBelow, proxiedPath, refuse } from './locations.js';
import { createMountedStore } from './mounted-store.js';
import { RESERVED_PREFIX } from './safe-path.js';
import type { Artifacts, ArtifactStore } from './store.js';

declare module 'fastify' {
  interface FastifyInstance {
    artifacts: Artifacts;
  }
}

export interface ArtifactStoreOptions {
  /** `mlflow-artifacts:/...`, a local folder or a file: URI; without it, see `defaultRootOf`. */
  defaultArtifactRoot?: string;
  /** The local folder behind `mlflow-artifacts:/`. */
  artifactsDestination: string;
  serveArtifacts: boolean;
}

/* A name that no client can use: the server's own prefix. */
const DEFAULT_ROOT_MOUNT = `${RESERVED_PREFIX}default-root`;

/** Makes the artifact decorator. Throws StartupError where a folder cannot be used. */
export async function createArtifacts(options: ArtifactStoreOptions): Promise<Artifacts> {
  const destination = localFolder(options.artifactsDestination, '--artifacts-destination');
  const root = defaultRootOf(options.defaultArtifactRoot, options.serveArtifacts, destination);
  if (options.serveArtifacts) await prepare('--artifacts-destination', destination, prepareForUploads);
  if (root.folder !== undefined) await prepare('--default-artifact-root', root.folder, makeFolder);
  const proxied = createLocalStore(destination);
  const locate = (uri: string) => locateIn(root, uri);
  return { store: withDefaultRoot(proxied, root), proxied, defaultRoot: root.uri, served: options.serveArtifacts, locate, owns: (uri) => answers(() => locate(uri)) };
}

export default fp<ArtifactStoreOptions>(
  async (app, options) => {
    app.decorate('artifacts', await createArtifacts(options));
  },
  { name: 'artifact-store' },
);

function withDefaultRoot(proxied: ArtifactStore, root: DefaultRoot): ArtifactStore {
  return root.folder === undefined ? proxied : createMountedStore(proxied, DEFAULT_ROOT_MOUNT, createLocalStore(root.folder));
}

function locateIn(root: DefaultRoot, uri: string): string {
  const proxied = proxiedPath(uri);
  if (proxied !== undefined) return proxied;
  const below = root.folder === undefined ? undefined : pathBelow(root.folder, uri);
  if (below === undefined) return refuse(uri, 'it must be an "mlflow-artifacts:/" URI or a place below the server\'s default artifact root');
  return below === '' ? DEFAULT_ROOT_MOUNT : `${DEFAULT_ROOT_MOUNT}/${below}`;
}

function answers(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

/** Where the server only reads, the folder need not be writable. */
const makeFolder = async (folder: string) => void (await mkdir(folder, { recursive: true }));

async function prepare(flag: string, folder: string, work: (folder: string) => Promise<void>): Promise<void> {
  try {
    await work(folder);
  } catch (error) {
    throw new StartupError(`${flag}: the folder ${folder} cannot be used (${(error as NodeJS.ErrnoException).code ?? 'unknown fault'}).`);
  }
}
