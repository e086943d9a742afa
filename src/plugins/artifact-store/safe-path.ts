import { lstat, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { InvalidParameterValue } from '../../errors.js';

/** Folders whose name begins so, directly under a root, belong to the server and to no client. */
export const RESERVED_PREFIX = '.taller-';

const LONGEST_NAME = 255;
/* Linux takes 4,096 bytes for a whole path; the root in front needs its share. */
const LONGEST_PATH = 3500;
const MOST_DECODINGS = 10;

/** Checks a client's path by its text alone and splits it; `''` is the root. One slash at the end is dropped. */
export function splitArtifactPath(path: string): string[] {
  const trimmed = path.endsWith('/') && path.length > 1 ? path.slice(0, -1) : path;
  if (trimmed === '') return [];
  for (const form of decodedForms(trimmed)) checkText(form, path);
  const segments = trimmed.split('/');
  for (const segment of segments) checkLength(segment, path);
  if (segments[0]?.startsWith(RESERVED_PREFIX)) refuse(path, `names that begin with "${RESERVED_PREFIX}" are reserved`);
  return segments;
}

/**
 * The real place of a path that need not exist yet. Every step that is a symbolic link must resolve to a place
 * under the root; the answer holds no link, so what is opened is what was checked.
 */
export async function resolveInside(root: string, segments: readonly string[]): Promise<string> {
  const realRoot = (await realpath(root).catch(undefinedWhenMissing)) ?? root;
  let current = realRoot;
  for (const [index, segment] of segments.entries()) {
    const next = join(current, segment);
    const found = await lstat(next).catch(undefinedWhenMissing);
    if (!found) return join(current, ...segments.slice(index));
    current = found.isSymbolicLink() ? await followInside(realRoot, next, segments.join('/')) : next;
  }
  return current;
}

/** For a `catch`: undefined where a file or one of its folders is missing; every other fault goes on. */
export function undefinedWhenMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}

async function followInside(realRoot: string, link: string, path: string): Promise<string> {
  const target = await realpath(link).catch(() => undefined);
  if (target === undefined || !isInside(realRoot, target)) refuse(path, 'it leads out of the artifact folder');
  return target;
}

function isInside(root: string, target: string): boolean {
  const way = relative(root, target);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** The text itself and what it becomes when it is percent-decoded again and again, as some client or proxy may do. */
function decodedForms(path: string): string[] {
  const forms = [path];
  for (let form = path; forms.length <= MOST_DECODINGS; forms.push(form)) {
    const decoded = decodeOnce(form);
    if (decoded === form) return forms;
    form = decoded;
  }
  return refuse(path, 'it is percent-encoded too many times');
}

/** Percent-decodes once; a text that is not well encoded stays as it is. */
export function decodeOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function checkText(form: string, path: string): void {
  if (form.startsWith('/')) refuse(path, 'it must be relative');
  if (form.includes('\0')) refuse(path, 'it must not hold a NUL character');
  if (form.includes('\\')) refuse(path, 'it must not hold a backslash');
  if (form.includes('#')) refuse(path, 'it must not hold "#"');
  if (/^[A-Za-z]:(\/|$)/.test(form)) refuse(path, 'it must not begin with a drive letter');
  if (/^file:/i.test(form)) refuse(path, 'it must not be a file URI');
  if (form.split('/').some((segment) => segment === '' || segment === '.' || segment === '..')) refuse(path, 'no part between slashes may be empty, "." or ".."');
  if (/\p{Surrogate}/u.test(form)) refuse(path, 'it must be valid Unicode');
}

function checkLength(segment: string, path: string): void {
  if (Buffer.byteLength(segment) > LONGEST_NAME) refuse(path, `a name may have at most ${LONGEST_NAME} bytes, got ${Buffer.byteLength(segment)}`);
  if (Buffer.byteLength(path) > LONGEST_PATH) refuse(path, `it may have at most ${LONGEST_PATH} bytes, got ${Buffer.byteLength(path)}`);
}

function refuse(path: string, rule: string): never {
  const shown = path.length > 200 ? `${path.slice(0, 200)}...` : path;
  throw new InvalidParameterValue(`Invalid path: ${JSON.stringify(shown)}: ${rule}.`);
}
