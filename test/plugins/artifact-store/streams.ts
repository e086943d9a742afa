import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ArtifactStore, ByteRange } from '../../../src/plugins/artifact-store/store.js';

export const bytesOf = (text: string): Readable => Readable.from([Buffer.from(text)]);

/** What is stored at a path, as text. */
export async function read(store: ArtifactStore, path: string, range?: ByteRange): Promise<string> {
  const { stream } = await store.open(path, range);
  return (await buffer(stream)).toString();
}

export const invalid = { code: 'INVALID_PARAMETER_VALUE', statusCode: 400 };
export const missing = { code: 'RESOURCE_DOES_NOT_EXIST', statusCode: 404 };
