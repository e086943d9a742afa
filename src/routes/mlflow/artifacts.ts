import { posix } from 'node:path';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import type { Artifacts } from '../../plugins/artifact-store/store.js';
import { RunIdFields, runIdOf } from './tracking-wire.js';
import { responses } from './wire.js';

const tags = ['Artifacts'];
const Listing = Type.Object({
  root_uri: Type.String(),
  files: Type.Optional(Type.Array(Type.Object({ path: Type.String(), is_dir: Type.Boolean(), file_size: Type.Optional(Type.Integer()) }))),
});

/** Listings of the artifacts of runs and logged models, below `/mlflow` of an API prefix. */
export const artifactListRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/artifacts/list', {
    schema: {
      operationId: 'listArtifacts', tags, summary: "List a folder of a run's artifacts",
      querystring: Type.Object({ ...RunIdFields, path: Type.Optional(Type.String()), page_token: Type.Optional(Type.String()) }),
      response: responses(Listing),
    },
    handler: async ({ query }) => list(app.artifacts, await app.tracking.artifactUri(runIdOf(query)), query.path),
  });

  app.get('/logged-models/:model_id/artifacts/directories', {
    schema: {
      operationId: 'listLoggedModelArtifacts', tags, summary: "List a folder of a logged model's artifacts",
      params: Type.Object({ model_id: Type.String() }),
      querystring: Type.Object({ artifact_directory_path: Type.Optional(Type.String()) }),
      response: responses(Listing),
    },
    handler: async ({ params, query }) => list(app.artifacts, (await app.tracking.getLoggedModel(params.model_id)).info.artifact_uri, query.artifact_directory_path),
  });
};

async function list(artifacts: Artifacts, rootUri: string, path = ''): Promise<(typeof Listing)['static']> {
  const root = artifacts.locate(rootUri);
  const entries = await artifacts.store.list(path === '' ? root : `${root}/${path}`);
  const files = entries.map((entry) => ({ path: posix.join(path, posix.basename(entry.path)), is_dir: entry.isDirectory, file_size: entry.size }));
  return { root_uri: rootUri, files: files.length > 0 ? files : undefined };
}
