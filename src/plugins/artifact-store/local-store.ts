import { type BigIntStats, type Dirent } from 'node:fs';
import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidParameterValue } from '../../errors.js';
import { writeAtomically } from './atomic-write.js';
import { isDirectory, noSuchArtifact, translated } from './fs-errors.js';
import { RESERVED_PREFIX, resolveInside, splitArtifactPath, undefinedWhenMissing } from './safe-path.js';
import type { ArtifactContent, ArtifactEntry, ArtifactInfo, ArtifactStore, ByteRange } from './store.js';

const READ_CHUNK_BYTES = 256 * 1024;

/** The files under one local folder, which exists. */
export function createLocalStore(root: string): ArtifactStore {
  const resolve = (path: string) => resolveInside(root, splitArtifactPath(path));
  return {
    list: (path) => translated(path, () => list(root, splitArtifactPath(path))),
    stat: (path) => translated(path, async () => describe(await statFile(await resolve(path)))),
    open: (path, range) => translated(path, async () => openFile(await resolve(path), path, range)),
    write: (path, content) =>
      translated(path, async () => {
        const target = await resolve(namesAFile(path));
        await checkWritable(target, path);
        return writeAtomically(root, target, content);
      }),
    delete: (path) => translated(path, () => remove(root, splitArtifactPath(notTheRoot(path)))),
  };
}

async function list(root: string, segments: string[]): Promise<ArtifactEntry[]> {
  const folder = await resolveInside(root, segments);
  const children = (await readdir(folder, { withFileTypes: true }).catch(undefinedWhenMissing)) ?? [];
  const visible = segments.length === 0 ? children.filter((child) => !child.name.startsWith(RESERVED_PREFIX)) : children;
  const entries = await Promise.all(visible.map((child) => entry(root, segments, child)));
  return entries.filter((found) => found !== undefined).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** One child of a folder; undefined for what no client can read: a link that leads out, a socket, a file that is gone by now. */
async function entry(root: string, segments: string[], child: Dirent): Promise<ArtifactEntry | undefined> {
  if (child.isDirectory()) return { path: child.name, isDirectory: true };
  const place = await resolveInside(root, [...segments, child.name]).catch(() => undefined);
  const found = place === undefined ? undefined : await stat(place).catch(undefinedWhenMissing);
  if (found?.isDirectory()) return { path: child.name, isDirectory: true };
  return found?.isFile() ? { path: child.name, isDirectory: false, size: found.size } : undefined;
}

async function statFile(file: string): Promise<BigIntStats | undefined> {
  return stat(file, { bigint: true }).catch(undefinedWhenMissing);
}

function describe(found: BigIntStats | undefined): ArtifactInfo | undefined {
  if (!found?.isFile()) return undefined;
  const etag = `"${found.size.toString(16)}-${found.mtimeNs.toString(16)}-${found.ino.toString(16)}"`;
  return { size: Number(found.size), modifiedAt: new Date(Number(found.mtimeMs)), etag };
}

async function openFile(file: string, path: string, range: ByteRange | undefined): Promise<ArtifactContent> {
  const found = await statFile(file);
  if (found?.isDirectory()) throw isDirectory(path);
  /* Looked at before it is opened: opening a named pipe would wait for its writer. */
  if (!found?.isFile()) throw noSuchArtifact(path);
  const handle = await open(file, 'r');
  const info = describe(await statOrClose(handle));
  if (!info) throw noSuchArtifact(path);
  return { ...info, stream: handle.createReadStream({ ...range, highWaterMark: READ_CHUNK_BYTES }) };
}

async function statOrClose(handle: FileHandle): Promise<BigIntStats> {
  try {
    return await handle.stat({ bigint: true });
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Finds out before the first byte arrives what would only fail after the last. */
async function checkWritable(target: string, path: string): Promise<void> {
  const found = await stat(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found?.isDirectory()) throw isDirectory(path);
}

/** Checks where the path leads, then removes the name itself: of a link inside the root, the link and not its target. */
async function remove(root: string, segments: string[]): Promise<void> {
  await resolveInside(root, segments);
  const folder = await resolveInside(root, segments.slice(0, -1));
  await rm(join(folder, ...segments.slice(-1)), { recursive: true, force: true, maxRetries: 3 }).catch(undefinedWhenMissing);
}

function notTheRoot(path: string): string {
  if (path === '') throw new InvalidParameterValue('Invalid path: "": it must name a file or a folder below the artifact root.');
  return path;
}

function namesAFile(path: string): string {
  if (path.endsWith('/')) throw new InvalidParameterValue(`Invalid path: ${JSON.stringify(path)}: a file's name must not end with "/".`);
  return notTheRoot(path);
}
