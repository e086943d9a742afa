import { posix } from 'node:path';
import createError from '@fastify/error';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ResourceDoesNotExist, TemporarilyUnavailable } from '../../errors.js';
import type { ArtifactInfo, ArtifactStore } from '../../plugins/artifact-store/store.js';
import { type Answer, chooseAnswer } from './conditional.js';
import { attachment, contentTypeOf } from './content-headers.js';

const RangeNotSatisfiable = createError<[string]>('BAD_REQUEST', '%s', 416);

/** Answers a GET or HEAD with a file of the store: as an attachment, whole or the range asked for, or 304. Resolves with what the handler must return. */
export async function sendArtifact(request: FastifyRequest, reply: FastifyReply, store: ArtifactStore, path: string): Promise<void> {
  const info = (await store.stat(path)) ?? (await explainAbsence(store, path));
  const answer = chooseAnswer(request.headers, info);
  if (answer.status === 416) throw rangeNotSatisfiable(reply, info, request.headers.range ?? '');
  describe(reply, posix.basename(path), info, answer);
  const body = request.method === 'HEAD' || answer.status === 304 ? undefined : await openSame(store, path, info, answer);
  /* An async handler returns the reply that it has sent; the types of a route with schemas know bodies only. */
  return reply.send(body) as unknown as void;
}

/** Why there is no file to describe: `open` has the words for a missing one and for a folder. */
async function explainAbsence(store: ArtifactStore, path: string): Promise<never> {
  const { stream } = await store.open(path);
  stream.destroy();
  throw new ResourceDoesNotExist(`No such artifact: '${path}'`);
}

function rangeNotSatisfiable(reply: FastifyReply, info: ArtifactInfo, range: string): Error {
  void reply.header('content-range', `bytes */${info.size}`);
  return new RangeNotSatisfiable(`The range "${range}" lies outside of the file, which has ${info.size} bytes.`);
}

function describe(reply: FastifyReply, name: string, info: ArtifactInfo, answer: Exclude<Answer, { status: 416 }>): void {
  void reply.code(answer.status).headers({
    etag: info.etag,
    'last-modified': info.modifiedAt.toUTCString(),
    'accept-ranges': 'bytes',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  });
  if (answer.status === 304) return;
  void reply.headers({ 'content-type': contentTypeOf(name), 'content-disposition': attachment(name) });
  if (answer.status === 200) return void reply.header('content-length', info.size);
  const { start, end } = answer.range;
  void reply.headers({ 'content-range': `bytes ${start}-${end}/${info.size}`, 'content-length': end - start + 1 });
}

/** Opens what was described; a file that was replaced in between would not match its own headers. */
async function openSame(store: ArtifactStore, path: string, info: ArtifactInfo, answer: Answer) {
  const content = await store.open(path, answer.status === 206 ? answer.range : undefined);
  if (content.etag === info.etag) return content.stream;
  content.stream.destroy();
  throw new TemporarilyUnavailable(`The artifact '${path}' was replaced while it was being opened; ask again.`);
}
