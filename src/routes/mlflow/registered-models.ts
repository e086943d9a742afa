import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import { Description, ModelAnswer, ModelVersionOut, Name, RegisteredModelOut, searchQuery, Tag, toSearchInput, unlessEmpty } from './registry-wire.js';
import { Empty, responses, Strings, toList } from './wire.js';

const tags = ['Registered models'];
const LatestVersions = Type.Object({ model_versions: Type.Optional(Type.Array(ModelVersionOut)) });

/** Registered models, below `/mlflow` of an API prefix. */
export const registeredModelRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.post('/registered-models/create', {
    schema: {
      operationId: 'createRegisteredModel',
      tags,
      summary: 'Register a model name',
      body: Type.Object({ name: Name, tags: Type.Optional(Type.Array(Tag)), description: Description }, { examples: [{ name: 'iris', description: 'Classifies irises' }] }),
      response: responses(ModelAnswer),
    },
    handler: async ({ body }) => ({ registered_model: await app.registry.createRegisteredModel(body) }),
  });

  app.get('/registered-models/get', {
    schema: {
      operationId: 'getRegisteredModel',
      tags,
      summary: 'Read a registered model',
      querystring: Type.Object({ name: Name }, { examples: [{ name: 'iris' }] }),
      response: responses(ModelAnswer),
    },
    handler: async ({ query }) => ({ registered_model: await app.registry.getRegisteredModel(query.name) }),
  });

  app.post('/registered-models/rename', {
    schema: {
      operationId: 'renameRegisteredModel',
      tags,
      summary: 'Rename a model with all its versions, tags and aliases',
      body: Type.Object({ name: Name, new_name: Name }, { examples: [{ name: 'iris', new_name: 'iris-forest' }] }),
      response: responses(ModelAnswer),
    },
    handler: async ({ body }) => ({ registered_model: await app.registry.renameRegisteredModel(body.name, body.new_name) }),
  });

  app.patch('/registered-models/update', {
    schema: {
      operationId: 'updateRegisteredModel',
      tags,
      summary: "Change a model's description",
      body: Type.Object({ name: Name, description: Description }, { examples: [{ name: 'iris', description: 'Classifies irises by their leaves' }] }),
      response: responses(ModelAnswer),
    },
    handler: async ({ body }) => ({ registered_model: await app.registry.updateRegisteredModel(body.name, body.description) }),
  });

  app.delete('/registered-models/delete', {
    schema: {
      operationId: 'deleteRegisteredModel',
      tags,
      summary: 'Delete a model with all its versions, tags and aliases',
      body: Type.Object({ name: Name }, { examples: [{ name: 'iris' }] }),
      response: responses(Empty),
    },
    async handler({ body }) {
      await app.registry.deleteRegisteredModel(body.name);
      return {};
    },
  });

  app.get('/registered-models/search', {
    schema: {
      operationId: 'searchRegisteredModels',
      tags,
      summary: 'Search registered models by name and tags',
      querystring: searchQuery(
        { filter: "Such as `name LIKE 'iris%' AND tags.team = 'lab'`.", orderBy: 'name, timestamp or last_updated_timestamp, each with ASC or DESC.', pageSize: 100, limit: 1000 },
        { filter: "name LIKE 'iris%'", max_results: 20, order_by: ['last_updated_timestamp DESC'] },
      ),
      response: responses(Type.Object({ registered_models: Type.Optional(Type.Array(RegisteredModelOut)), next_page_token: Type.Optional(Type.String()) })),
    },
    async handler({ query }) {
      const page = await app.registry.searchRegisteredModels(toSearchInput(query));
      return { registered_models: unlessEmpty(page.items), next_page_token: page.next_page_token };
    },
  });

  app.post('/registered-models/get-latest-versions', {
    schema: {
      operationId: 'getLatestVersions',
      tags,
      summary: "Read a model's newest version of each stage",
      body: Type.Object({ name: Name, stages: Type.Optional(Type.Array(Type.String())) }, { examples: [{ name: 'iris', stages: ['Production'] }] }),
      response: responses(LatestVersions),
    },
    handler: async ({ body }) => ({ model_versions: unlessEmpty(await app.registry.getLatestVersions(body.name, body.stages)) }),
  });

  app.get('/registered-models/get-latest-versions', {
    schema: {
      operationId: 'getLatestVersionsByQuery',
      tags,
      summary: "Read a model's newest version of each stage",
      querystring: Type.Object({ name: Name, stages: Type.Optional(Strings('None, Staging, Production or Archived.')) }, { examples: [{ name: 'iris', stages: ['Production'] }] }),
      response: responses(LatestVersions),
    },
    handler: async ({ query }) => ({ model_versions: unlessEmpty(await app.registry.getLatestVersions(query.name, toList(query.stages as string | undefined))) }),
  });
};
