import { ResourceDoesNotExist, UnservableModel } from '../../errors.js';
import type { ArtifactStore } from '../artifact-store/store.js';

/** The files of one logged model. */
export interface ModelFolder {
  /** Reads a whole file. Throws UnservableModel where it is absent or larger than the bound. */
  read(path: string, maxBytes: number): Promise<Uint8Array>;
}

/** Opens a folder of the artifact store for reading. */
export function openModelFolder(store: ArtifactStore, root: string): ModelFolder {
  return {
    async read(path, maxBytes) {
      if (!isInside(path)) throw new UnservableModel(`The model names the file ${JSON.stringify(path)}, which is not inside its folder.`);
      const { stream, size } = await store.open(`${root}/${path}`).catch((error: Error) => {
        if (error instanceof ResourceDoesNotExist) throw new UnservableModel(`The model's folder has no file '${path}'.`);
        throw error;
      });
      if (size > maxBytes) {
        stream.destroy();
        throw new UnservableModel(`The model's file '${path}' has ${size} bytes; at most ${maxBytes} are served.`);
      }
      return collect(stream, size, path);
    },
  };
}

const isInside = (path: string): boolean => path !== '' && !path.startsWith('/') && !path.includes('\\') && !path.includes('\0') && !path.split('/').includes('..');

/** The stream's bytes in one piece of the announced size, so that no file can grow past its bound while it is read. */
async function collect(stream: AsyncIterable<Uint8Array>, size: number, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let length = 0;
  for await (const chunk of stream) {
    if (length + chunk.length > size) throw new UnservableModel(`The model's file '${path}' changed while it was read.`);
    bytes.set(chunk, length);
    length += chunk.length;
  }
  if (length !== size) throw new UnservableModel(`The model's file '${path}' ended after ${length} of ${size} bytes.`);
  return bytes;
}
