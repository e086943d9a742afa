import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import { Description, ModelVersionOut, Name, searchQuery, Tag, TagKey, TagValue, toSearchInput, unlessEmpty, Version, VersionAnswer } from './registry-wire.js';
import { Empty, responses } from './wire.js';

const tags = ['Model versions'];
const oneVersion = { examples: [{ name: 'iris', version: '2' }] };

/** The versions of registered models, below `/mlflow` of an API prefix. */
export const modelVersionRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.post('/model-versions/create', {
    schema: {
      operationId: 'createModelVersion',
      tags,
      summary: 'Register a logged model as the next version of a name',
      body: Type.Object(
        {
          name: Name,
          source: Type.String({ description: 'Where the files lie: `models:/m-<id>`, `runs:/<run>/<path>`, a location inside the run, or a version, `models:/<name>/<version>`.' }),
          run_id: Type.Optional(Type.String()),
          tags: Type.Optional(Type.Array(Tag)),
          run_link: Type.Optional(Type.String()),
          description: Description,
          model_id: Type.Optional(Type.String({ description: 'The logged model that holds the source.' })),
        },
        { examples: [{ name: 'iris', source: 'models:/m-7c1d4f0e9b6a4c55a3a2d51f6c3f1b20', model_id: 'm-7c1d4f0e9b6a4c55a3a2d51f6c3f1b20' }] },
      ),
      response: responses(VersionAnswer),
    },
    handler: async ({ body }) => ({ model_version: await app.registry.createModelVersion(body) }),
  });

  app.get('/model-versions/get', {
    schema: { operationId: 'getModelVersion', tags, summary: 'Read a version', querystring: Type.Object({ name: Name, version: Version }, oneVersion), response: responses(VersionAnswer) },
    handler: async ({ query }) => ({ model_version: await app.registry.getModelVersion(query.name, String(query.version)) }),
  });

  app.patch('/model-versions/update', {
    schema: {
      operationId: 'updateModelVersion',
      tags,
      summary: "Change a version's description",
      body: Type.Object({ name: Name, version: Version, description: Description }, { examples: [{ name: 'iris', version: '2', description: 'Best of 20 trials' }] }),
      response: responses(VersionAnswer),
    },
    handler: async ({ body }) => ({ model_version: await app.registry.updateModelVersion(body.name, String(body.version), body.description) }),
  });

  app.delete('/model-versions/delete', {
    schema: { operationId: 'deleteModelVersion', tags, summary: 'Delete a version with its tags and aliases', body: Type.Object({ name: Name, version: Version }, oneVersion), response: responses(Empty) },
    async handler({ body }) {
      await app.registry.deleteModelVersion(body.name, String(body.version));
      return {};
    },
  });

  app.get('/model-versions/search', {
    schema: {
      operationId: 'searchModelVersions',
      tags,
      summary: 'Search versions by name, run, source, number and tags',
      querystring: searchQuery(
        {
          filter: "Such as `name = 'iris' AND run_id IN ('a', 'b') AND version_number > 3`.",
          orderBy: 'name, version_number, creation_timestamp or last_updated_timestamp, each with ASC or DESC.',
          pageSize: 200_000,
          limit: 200_000,
        },
        { filter: "name = 'iris'", max_results: 20, order_by: ['version_number DESC'] },
      ),
      response: responses(Type.Object({ model_versions: Type.Optional(Type.Array(ModelVersionOut)), next_page_token: Type.Optional(Type.String()) })),
    },
    async handler({ query }) {
      const page = await app.registry.searchModelVersions(toSearchInput(query));
      return { model_versions: unlessEmpty(page.items), next_page_token: page.next_page_token };
    },
  });

  app.post('/model-versions/transition-stage', {
    schema: {
      operationId: 'transitionModelVersionStage',
      tags,
      summary: 'Move a version to a stage',
      body: Type.Object(
        { name: Name, version: Version, stage: Type.String({ description: 'None, Staging, Production or Archived.' }), archive_existing_versions: Type.Boolean({ default: false }) },
        { examples: [{ name: 'iris', version: '2', stage: 'Production', archive_existing_versions: true }] },
      ),
      response: responses(VersionAnswer),
    },
    handler: async ({ body }) => ({ model_version: await app.registry.transitionStage({ ...body, version: String(body.version) }) }),
  });

  app.post('/model-versions/set-tag', {
    schema: {
      operationId: 'setModelVersionTag',
      tags,
      summary: "Set a version's tag",
      body: Type.Object({ name: Name, version: Version, key: TagKey, value: TagValue }, { examples: [{ name: 'iris', version: '2', key: 'validation', value: 'passed' }] }),
      response: responses(Empty),
    },
    async handler({ body }) {
      await app.registry.setModelVersionTag(body.name, String(body.version), body.key, body.value);
      return {};
    },
  });

  app.delete('/model-versions/delete-tag', {
    schema: {
      operationId: 'deleteModelVersionTag',
      tags,
      summary: "Delete a version's tag; one that is not there is no fault",
      body: Type.Object({ name: Name, version: Version, key: TagKey }, { examples: [{ name: 'iris', version: '2', key: 'validation' }] }),
      response: responses(Empty),
    },
    async handler({ body }) {
      await app.registry.deleteModelVersionTag(body.name, String(body.version), body.key);
      return {};
    },
  });

  app.get('/model-versions/get-download-uri', {
    schema: {
      operationId: 'getModelVersionDownloadUri',
      tags,
      summary: "Read the location of a version's files",
      querystring: Type.Object({ name: Name, version: Version }, oneVersion),
      response: responses(Type.Object({ artifact_uri: Type.String() })),
    },
    handler: async ({ query }) => ({ artifact_uri: await app.registry.getDownloadUri(query.name, String(query.version)) }),
  });
};
