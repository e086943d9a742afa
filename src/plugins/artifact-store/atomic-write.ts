import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { RESERVED_PREFIX, undefinedWhenMissing } from './safe-path.js';

const STALE_AFTER_MS = 24 * 3600 * 1000;
const PUBLISH_ATTEMPTS = 3;

/** Where uploads grow until they are whole: one folder under the root, so that a rename can publish them. */
const uploadsFolder = (root: string) => join(root, `${RESERVED_PREFIX}uploads`);

/** Streams into a temporary file under the root, syncs it, and gives it its name; whatever goes wrong, no part of it stays. */
export async function writeAtomically(root: string, target: string, content: Readable): Promise<number> {
  await mkdir(uploadsFolder(root), { recursive: true });
  const temporary = join(uploadsFolder(root), randomUUID());
  try {
    const size = await writeSynced(temporary, content);
    await publish(temporary, target);
    return size;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Proves that a folder can be made and written; throws the file system's error where it cannot. */
export async function prepareForUploads(root: string): Promise<void> {
  await mkdir(uploadsFolder(root), { recursive: true });
  const probe = join(uploadsFolder(root), randomUUID());
  await (await open(probe, 'wx')).close();
  await rm(probe);
  await removeStaleUploads(root);
}

/** Removes what uploads of a killed process left, but nothing young: another process may be writing it. */
async function removeStaleUploads(root: string): Promise<void> {
  const folder = uploadsFolder(root);
  const names = (await readdir(folder).catch(undefinedWhenMissing)) ?? [];
  for (const name of names) {
    const found = await stat(join(folder, name)).catch(undefinedWhenMissing);
    if (found && Date.now() - found.mtimeMs > STALE_AFTER_MS) await rm(join(folder, name), { force: true });
  }
}

async function writeSynced(file: string, content: Readable): Promise<number> {
  const handle = await open(file, 'wx');
  try {
    /* The source outlives a fault of the disk: a destroyed request could not be answered any more. */
    await writeFile(handle, content.iterator({ destroyOnReturn: false }));
    await handle.sync();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

async function publish(temporary: string, target: string): Promise<void> {
  const folder = dirname(target);
  const created = await renameInto(folder, temporary, target);
  await syncFolders(folder, created ? dirname(created) : folder);
}

/** Makes the folders, then renames; once more when another request deleted the folder in between. Resolves with the topmost folder made. */
async function renameInto(folder: string, temporary: string, target: string): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    const created = await mkdir(folder, { recursive: true });
    try {
      await rename(temporary, target);
      return created;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === PUBLISH_ATTEMPTS) throw error;
    }
  }
}

/** Makes the new names durable: the folder's own, and those of the folders made on the way up to `top`. */
async function syncFolders(folder: string, top: string): Promise<void> {
  for (let current = folder; ; current = dirname(current)) {
    const handle = await open(current, 'r').catch(undefinedWhenMissing);
    await handle?.sync().finally(() => handle.close());
    if (current === top || current === dirname(current)) return;
  }
}
