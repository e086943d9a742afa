import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import { Alias, Name, TagKey, TagValue, Version, VersionAnswer } from './registry-wire.js';
import { Empty, responses } from './wire.js';

const tags = ['Registered models'];

/** The tags and aliases of registered models, below `/mlflow` of an API prefix. */
export const registeredModelLabelRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.post('/registered-models/set-tag', {
    schema: {
      operationId: 'setRegisteredModelTag',
      tags,
      summary: "Set a model's tag",
      body: Type.Object({ name: Name, key: TagKey, value: TagValue }, { examples: [{ name: 'iris', key: 'team', value: 'lab' }] }),
      response: responses(Empty),
    },
    async handler({ body }) {
      await app.registry.setRegisteredModelTag(body.name, body.key, body.value);
      return {};
    },
  });

  app.delete('/registered-models/delete-tag', {
    schema: {
      operationId: 'deleteRegisteredModelTag',
      tags,
      summary: "Delete a model's tag; one that is not there is no fault",
      body: Type.Object({ name: Name, key: TagKey }, { examples: [{ name: 'iris', key: 'team' }] }),
      response: responses(Empty),
    },
    async handler({ body }) {
      await app.registry.deleteRegisteredModelTag(body.name, body.key);
      return {};
    },
  });

  app.post('/registered-models/alias', {
    schema: {
      operationId: 'setRegisteredModelAlias',
      tags,
      summary: 'Point an alias at a version',
      body: Type.Object({ name: Name, alias: Alias, version: Version }, { examples: [{ name: 'iris', alias: 'champion', version: '2' }] }),
      response: responses(Empty),
    },
    async handler({ body }) {
      await app.registry.setAlias(body.name, body.alias, String(body.version));
      return {};
    },
  });

  app.delete('/registered-models/alias', {
    schema: {
      operationId: 'deleteRegisteredModelAlias',
      tags,
      summary: 'Delete an alias; one that is not there is no fault',
      body: Type.Object({ name: Name, alias: Alias }, { examples: [{ name: 'iris', alias: 'champion' }] }),
      response: responses(Empty),
    },
    async handler({ body }) {
      await app.registry.deleteAlias(body.name, body.alias);
      return {};
    },
  });

  app.get('/registered-models/alias', {
    schema: {
      operationId: 'getModelVersionByAlias',
      tags,
      summary: 'Read the version that an alias points at; `latest` is the newest',
      querystring: Type.Object({ name: Name, alias: Alias }, { examples: [{ name: 'iris', alias: 'champion' }] }),
      response: responses(VersionAnswer),
    },
    handler: async ({ query }) => ({ model_version: await app.registry.getModelVersionByAlias(query.name, query.alias) }),
  });
};
