import type { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from '@sinclair/typebox';
import { InvalidParameterValue } from '../../errors.js';
import { Empty, responses } from '../mlflow/wire.js';
import { ArtifactPath } from './files.js';

/** Upload behind `mlflow-artifacts:/`, as a stream of any size. A scope of its own: here every content type is bytes. */
export const uploadRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

  app.put('/artifacts/*', {
    schema: {
      operationId: 'uploadArtifact',
      tags: ['Artifacts'],
      summary: 'Upload an artifact',
      description: 'The body is the file, of any content type and size. Folders on the way are made. The file is there once it is whole and on disk; an upload that breaks off leaves nothing.',
      params: ArtifactPath,
      body: { content: { 'application/octet-stream': { schema: Type.String({ format: 'binary' }) } } },
      response: responses(Empty),
    },
    /* The body is a stream: there is nothing to hold against its schema. */
    validatorCompiler: () => () => true,
    onRequest: async (request) => {
      refuseCutName(request);
      /* Whatever the client says, even nonsense, must not stop the upload. */
      request.headers['content-type'] = 'application/octet-stream';
    },
    async handler({ params, body }) {
      await app.artifacts.proxied.write(params['*'], body as unknown as Readable);
      return {};
    },
  });
};

/** A client that does not encode the `?` of a file's name asks for a shorter name: storing that would lose the right one. */
function refuseCutName(request: FastifyRequest): void {
  if (request.url.includes('?')) throw new InvalidParameterValue(`The upload's URL holds a "?", which would cut the file's name: encode it as %3F, got ${JSON.stringify(request.url)}.`);
}
