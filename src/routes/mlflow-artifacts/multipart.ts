import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import { NotImplementedByStore } from '../../errors.js';
import { ErrorBody } from '../mlflow/wire.js';
import { ArtifactPath } from './files.js';

const tags = ['Artifacts'];
const response = { '4xx': ErrorBody, '5xx': ErrorBody };

const Part = Type.Object({ part_number: Type.Optional(Type.Integer()), etag: Type.Optional(Type.String()), url: Type.Optional(Type.String()) });

const Body = Type.Optional(
  Type.Object({
    path: Type.Optional(Type.String()),
    num_parts: Type.Optional(Type.Integer()),
    upload_id: Type.Optional(Type.String()),
    parts: Type.Optional(Type.Array(Part)),
  }),
);

const steps = [
  { step: 'create', operationId: 'createMultipartUpload', summary: 'Begin a multipart upload' },
  { step: 'complete', operationId: 'completeMultipartUpload', summary: 'Complete a multipart upload' },
  { step: 'abort', operationId: 'abortMultipartUpload', summary: 'Give a multipart upload up' },
];

/** What only object stores can do. The client reads these answers and sends the file in one piece instead. */
export const multipartRoutes: FastifyPluginAsyncTypebox = async (app) => {
  for (const { step, operationId, summary } of steps) {
    app.post(`/mpu/${step}/*`, {
      schema: { operationId, tags, summary, description: 'A local artifact folder has no multipart upload: the answer is 501, and the client sends the file in one piece.', params: ArtifactPath, body: Body, response },
      handler: refuse('Multipart upload is not supported for the current artifact repository'),
    });
  }

  app.get('/presigned/*', {
    schema: {
      operationId: 'getPresignedDownloadUrl',
      tags,
      summary: 'Ask for a presigned download URL',
      description: 'A local artifact folder has no presigned URLs: the answer is 501, and the client downloads through the server.',
      params: ArtifactPath,
      response,
    },
    handler: refuse('Multipart download is not supported for the current artifact repository'),
  });
};

function refuse(message: string): () => Promise<never> {
  return async () => {
    throw new NotImplementedByStore(message);
  };
}
