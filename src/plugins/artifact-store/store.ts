import type { Readable } from 'node:stream';

export interface ArtifactEntry {
  /** Relative to the listed folder's root, `/` separated. */
  path: string;
  isDirectory: boolean;
  /** Bytes; undefined for a folder. */
  size?: number;
}

export interface ArtifactContent {
  stream: Readable;
  size: number;
  modifiedAt: Date;
}

/** Files under one root. Every path is relative to that root, `/` separated, and is checked by the store itself. */
export interface ArtifactStore {
  /** The direct children of a folder, sorted by path; a missing folder or a file lists as empty. */
  list(path: string): Promise<ArtifactEntry[]>;
  /** Opens a file; `range` is in bytes, inclusive. Throws ResourceDoesNotExist where there is none. */
  open(path: string, range?: { start: number; end?: number }): Promise<ArtifactContent>;
  /** Bytes and time of a file, or undefined where there is none. */
  stat(path: string): Promise<{ size: number; modifiedAt: Date } | undefined>;
  /** Writes through a temporary file and a rename: a broken-off stream leaves nothing visible. Resolves with the bytes written. */
  write(path: string, content: Readable): Promise<number>;
  /** Deletes a file or a folder with all in it. Throws ResourceDoesNotExist where there is none. */
  delete(path: string): Promise<void>;
}

/** The decorator `app.artifacts`. */
export interface Artifacts {
  store: ArtifactStore;
  /** The root that a new experiment's location is built from, without a trailing slash: `mlflow-artifacts:`, or the --default-artifact-root. */
  defaultRoot: string;
  /** False with --no-serve-artifacts: the mlflow-artifacts routes answer 501-like errors as MLflow does. */
  served: boolean;
  /**
   * Turns an artifact location (`mlflow-artifacts:/1/ab/artifacts`, `mlflow-artifacts://host/...`, or one below the default root)
   * into a path for `store`. Throws InvalidParameterValue for a location that the server has no business reading.
   */
  locate(uri: string): string;
  /** True when `locate` would answer. */
  owns(uri: string): boolean;
}
