import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type {} from '@fastify/swagger';
import { Type } from '@sinclair/typebox';
import { Empty, ErrorBody, Out, responses } from '../mlflow/wire.js';
import { sendArtifact } from './download.js';

const tags = ['Artifacts'];

export const ArtifactPath = Type.Object({
  '*': Type.String({ description: 'The path below the artifact root, percent-encoded where need be.', examples: ['1/0a1b2c3d/artifacts/model/MLmodel'] }),
});

const FileInfo = Out('FileInfo', { path: Type.String(), is_dir: Type.Boolean(), file_size: Type.Optional(Type.Integer()) });

const bytes = { description: 'The bytes of the file, as an attachment.', content: { 'application/octet-stream': { schema: Type.String({ format: 'binary' }) } } };
const sent = { 200: bytes, 206: bytes, 304: Type.Null({ description: 'The file is as the client knows it.' }), '4xx': ErrorBody, '5xx': ErrorBody };

/** List, download and delete behind `mlflow-artifacts:/`. */
export const fileRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/artifacts', {
    schema: {
      operationId: 'listProxiedArtifacts',
      tags,
      summary: 'List a folder of the artifact root',
      description: 'The direct children by name. A folder that is not there, and a file, list as empty.',
      querystring: Type.Object({ path: Type.Optional(Type.String({ description: 'The folder; without it, the root.', examples: ['1/0a1b2c3d/artifacts'] })) }),
      response: responses(Out('ListArtifactsResponse', { files: Type.Optional(Type.Array(FileInfo)) })),
    },
    async handler({ query }) {
      const entries = await app.artifacts.proxied.list(query.path ?? '');
      const files = entries.map((entry) => ({ path: entry.path, is_dir: entry.isDirectory, file_size: entry.size }));
      return files.length > 0 ? { files } : {};
    },
  });

  app.head('/artifacts/*', {
    config: { swagger: { exposeHeadRoute: true } },
    schema: {
      operationId: 'describeArtifact',
      tags,
      summary: 'Describe an artifact',
      description: "The headers of a download without its bytes: size, type, time and ETag.",
      params: ArtifactPath,
      response: { 200: Type.Null({ description: 'The headers only.' }), '4xx': ErrorBody, '5xx': ErrorBody },
    },
    handler: (request, reply) => sendArtifact(request, reply, app.artifacts.proxied, request.params['*']),
  });

  app.get('/artifacts/*', {
    schema: {
      operationId: 'downloadArtifact',
      tags,
      summary: 'Download an artifact',
      description: 'Streams the file. Knows Range, If-Range, If-None-Match and If-Modified-Since.',
      params: ArtifactPath,
      response: sent,
    },
    handler: (request, reply) => sendArtifact(request, reply, app.artifacts.proxied, request.params['*']),
  });

  app.delete('/artifacts/*', {
    schema: {
      operationId: 'deleteArtifact',
      tags,
      summary: 'Delete an artifact or a folder with all in it',
      description: 'Where there is nothing, nothing happens. The artifact root itself is refused.',
      params: ArtifactPath,
      response: responses(Empty),
    },
    async handler({ params }) {
      await app.artifacts.proxied.delete(params['*']);
      return {};
    },
  });
};
