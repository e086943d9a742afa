import type { Readable } from 'node:stream';

export interface ArtifactEntry {
  /** The child's name in the listed folder. */
  path: string;
  isDirectory: boolean;
  /** Bytes; undefined for a folder. */
  size?: number;
}

export interface ArtifactInfo {
  size: number;
  modifiedAt: Date;
  /** A strong validator, quoted as in the ETag header: it changes whenever the file is written. */
  etag: string;
}

export interface ArtifactContent extends ArtifactInfo {
  /** Whoever opens it reads it to the end or destroys it. */
  stream: Readable;
}

/** Bytes, both ends inclusive; without an end, up to the last byte. */
export interface ByteRange {
  start: number;
  end?: number;
}

/** Files under one root. Every path is relative to that root, `/` separated, and is checked by the store itself. */
export interface ArtifactStore {
  /** The direct children of a folder (`''` is the root), sorted by name; a missing folder or a file lists as empty. */
  list(path: string): Promise<ArtifactEntry[]>;
  /** Opens a file; `size` is the whole file's, also of a range. Throws ResourceDoesNotExist where there is none, InvalidParameterValue for a folder. */
  open(path: string, range?: ByteRange): Promise<ArtifactContent>;
  /** Describes a file, or undefined where there is none (a folder is none). */
  stat(path: string): Promise<ArtifactInfo | undefined>;
  /** Writes through a temporary file and a rename: a broken-off stream leaves nothing visible. Resolves with the bytes written, once they are on disk. */
  write(path: string, content: Readable): Promise<number>;
  /** Deletes a file or a folder with all in it; where there is nothing, nothing happens, as in MLflow. */
  delete(path: string): Promise<void>;
}

/** The decorator `app.artifacts`. */
export interface Artifacts {
  /** Everything that `locate` points into. */
  store: ArtifactStore;
  /** What is behind `mlflow-artifacts:/`, and nothing else: the store of the proxy's own routes. */
  proxied: ArtifactStore;
  /** The root that a new experiment's location is built from, without a trailing slash: `mlflow-artifacts:`, or the --default-artifact-root. */
  defaultRoot: string;
  /** False with --no-serve-artifacts: the mlflow-artifacts routes answer 503 as MLflow does. */
  served: boolean;
  /**
   * Turns an artifact location (`mlflow-artifacts:/1/ab/artifacts`, `mlflow-artifacts://host/...`, or one below the default root)
   * into a path for `store`. Throws InvalidParameterValue for a location that the server has no business reading.
   */
  locate(uri: string): string;
  /** True when `locate` would answer. */
  owns(uri: string): boolean;
}
