import { InvalidParameterValue, ResourceDoesNotExist, TemporarilyUnavailable } from '../../errors.js';

/** Runs work on the artifact at a path; a fault of the file system becomes one of the catalogue, without the server's own paths. */
export async function translated<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translate(error as NodeJS.ErrnoException, path);
  }
}

/** The error for a path with no file at it, in MLflow's words. */
export function noSuchArtifact(path: string): Error {
  return new ResourceDoesNotExist(`No such artifact: '${path}'`);
}

/** The error for a folder where a file is wanted, in MLflow's words. */
export function isDirectory(path: string): Error {
  return new InvalidParameterValue(`Artifact path refers to a directory, not a file: '${path}'`);
}

function translate(error: NodeJS.ErrnoException, path: string): unknown {
  switch (error.code) {
    case 'ENOENT':
      return noSuchArtifact(path);
    case 'EISDIR':
      return isDirectory(path);
    case 'ENOTDIR':
    case 'EEXIST':
      return new InvalidParameterValue(`Invalid path: '${path}': a folder on the way is already a file.`);
    case 'ENAMETOOLONG':
      return new InvalidParameterValue(`Invalid path: '${path}': it is too long for the server's file system.`);
    case 'ECONNRESET':
    case 'ERR_STREAM_PREMATURE_CLOSE':
      return new InvalidParameterValue(`The upload of '${path}' broke off; nothing of it was stored.`);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EIO':
    case 'ENOTEMPTY':
    case 'EMFILE':
    case 'ENFILE':
      return new TemporarilyUnavailable(`The artifact store cannot serve '${path}' now (${error.code}).`);
    default:
      return error;
  }
}
