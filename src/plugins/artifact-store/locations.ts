import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidParameterValue, StartupError } from '../../errors.js';
import { decodeOnce, splitArtifactPath } from './safe-path.js';

const SCHEME = /^([a-z][a-z0-9+.-]+):\//i;
const PROXIED = /^mlflow-artifacts:/i;

/** Where new experiments put their artifacts: the location's root as clients see it, and its folder where it is a local one. */
export interface DefaultRoot {
  uri: string;
  folder?: string;
}

/** The absolute folder that a flag means: a plain path, relative or not, or a file: URI. Throws StartupError for any other scheme. */
export function localFolder(value: string, flag: string): string {
  const scheme = SCHEME.exec(value)?.[1]?.toLowerCase();
  if (scheme === undefined) return resolve(value);
  if (scheme !== 'file') throw new StartupError(`${flag} ${value}: artifact locations of the scheme "${scheme}:" are not supported; give a local folder.`);
  try {
    return resolve(fileURLToPath(value));
  } catch {
    throw new StartupError(`${flag} ${value}: this is not the URI of a local folder, such as file:///srv/artifacts.`);
  }
}

/** The default root of new experiments: proxied when the server serves artifacts and no other root is given, as in MLflow. */
export function defaultRootOf(given: string | undefined, serveArtifacts: boolean, destination: string): DefaultRoot {
  if (given === undefined) return serveArtifacts ? { uri: 'mlflow-artifacts:' } : { uri: destination, folder: destination };
  if (PROXIED.test(given)) return { uri: proxiedRoot(given) };
  const folder = localFolder(given, '--default-artifact-root');
  return { uri: /^file:/i.test(given) ? `file://${folder}` : folder, folder };
}

function proxiedRoot(given: string): string {
  try {
    proxiedPath(given);
    return given.replace(/\/+$/, '');
  } catch (error) {
    throw new StartupError(`--default-artifact-root: ${(error as Error).message}`);
  }
}

/** The path in the proxied store that an `mlflow-artifacts:` URI means, or undefined for other locations. The host in it is the client's affair. */
export function proxiedPath(location: string): string | undefined {
  if (!PROXIED.test(location)) return undefined;
  const rest = withoutScheme(plainText(location));
  if (rest === '') return '';
  const path = rest.startsWith('//') ? afterHost(rest) : rest;
  if (!path.startsWith('/')) return refuse(location, 'the path after "mlflow-artifacts:" must begin with "/"');
  /* The client puts the path into a URL as it is, and the server decodes that URL once. */
  return splitArtifactPath(decodeOnce(path.slice(1))).join('/');
}

/** The path below a local folder that a plain path or a file: URI means, or undefined where it lies elsewhere. */
export function pathBelow(folder: string, location: string): string | undefined {
  const path = /^file:/i.test(location) ? filePath(location) : location;
  if (path === folder) return '';
  const prefix = folder.endsWith('/') ? folder : `${folder}/`;
  if (!path.startsWith(prefix)) return undefined;
  return splitArtifactPath(plainText(path).slice(prefix.length)).join('/');
}

/** Refuses a location with words that say why. */
export function refuse(location: string, rule: string): never {
  const shown = location.length > 200 ? `${location.slice(0, 200)}...` : location;
  throw new InvalidParameterValue(`Invalid artifact location: ${JSON.stringify(shown)}: ${rule}.`);
}

/** A location names a place only: what stands behind `#`, `?` or `;` has hidden a path from checks before. */
function plainText(location: string): string {
  const odd = /[#?;]/.exec(location)?.[0];
  return odd === undefined ? location : refuse(location, `it must not hold "${odd}"`);
}

const withoutScheme = (location: string) => location.slice(location.indexOf(':') + 1);

/** What follows the authority; three slashes are an empty one. */
const afterHost = (rest: string) => rest.replace(/^\/\/[^/]*/, '') || '/';

function filePath(location: string): string {
  const rest = withoutScheme(plainText(location));
  return decodeOnce(rest.replace(/^\/\/(localhost)?(?=\/)/i, ''));
}
