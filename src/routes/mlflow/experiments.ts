import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import { ExperimentId, TagList, View } from './tracking-wire.js';
import { Empty, Int64, KeyValue, Out, responses, Strings, toInt, toList } from './wire.js';

const tags = ['Experiments'];
const ExperimentOut = Out('Experiment', {
  experiment_id: Type.String(), name: Type.String(), artifact_location: Type.String(), lifecycle_stage: Type.String(),
  last_update_time: Type.Integer(), creation_time: Type.Integer(), tags: Type.Optional(Type.Array(KeyValue)),
});
const Answer = Type.Object({ experiment: ExperimentOut });
const Found = Type.Object({ experiments: Type.Optional(Type.Array(ExperimentOut)), next_page_token: Type.Optional(Type.String()) });
const Search = Type.Object(
  {
    max_results: Type.Optional(Int64({ description: 'From 1 to 50000.' })),
    page_token: Type.Optional(Type.String({ description: 'The next_page_token of the page before.' })),
    filter: Type.Optional(Type.String({ description: "Over name, experiment_id, creation_time, last_update_time and tags, such as name LIKE 'iris%' AND tags.course = 'mlops'." })),
    order_by: Type.Optional(Strings('Such as "name DESC".')),
    view_type: Type.Optional(View),
  },
  { examples: [{ max_results: 100, filter: "name LIKE 'iris%'" }] },
);

/** Experiments, below `/mlflow` of an API prefix. */
export const experimentRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const search = async (input: { max_results?: number | string; page_token?: string; filter?: string; order_by?: string | string[]; view_type?: 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL' }) => {
    const { items, next_page_token } = await app.tracking.searchExperiments({ ...input, max_results: toInt(input.max_results), order_by: toList(input.order_by) });
    return { experiments: items.length > 0 ? items : undefined, next_page_token };
  };

  app.post('/experiments/create', {
    schema: {
      operationId: 'createExperiment', tags, summary: 'Create an experiment',
      body: Type.Object({ name: Type.String(), artifact_location: Type.Optional(Type.String()), tags: Type.Optional(TagList) }, { examples: [{ name: 'iris', tags: [{ key: 'course', value: 'mlops' }] }] }),
      response: responses(Type.Object({ experiment_id: Type.String() })),
    },
    handler: async ({ body }) => ({ experiment_id: await app.tracking.createExperiment(body) }),
  });

  app.get('/experiments/get', {
    schema: { operationId: 'getExperiment', tags, summary: 'Read an experiment', querystring: Type.Object({ experiment_id: ExperimentId }), response: responses(Answer) },
    handler: async ({ query }) => ({ experiment: await app.tracking.getExperiment(String(query.experiment_id)) }),
  });

  app.get('/experiments/get-by-name', {
    schema: { operationId: 'getExperimentByName', tags, summary: 'Read an experiment by its name', querystring: Type.Object({ experiment_name: Type.String() }), response: responses(Answer) },
    handler: async ({ query }) => ({ experiment: await app.tracking.getExperimentByName(query.experiment_name) }),
  });

  app.post('/experiments/search', {
    schema: { operationId: 'searchExperiments', tags, summary: 'Search experiments by filter and order, a page at a time', body: Search, response: responses(Found) },
    handler: async ({ body }) => search(body),
  });

  app.get('/experiments/search', {
    schema: { operationId: 'searchExperimentsByQuery', tags, summary: 'Search experiments by a query string', querystring: Search, response: responses(Found) },
    handler: async ({ query }) => search(query),
  });

  app.post('/experiments/update', {
    schema: { operationId: 'updateExperiment', tags, summary: 'Rename an experiment', body: Type.Object({ experiment_id: ExperimentId, new_name: Type.Optional(Type.String()) }), response: responses(Empty) },
    handler: async ({ body }) => (await app.tracking.updateExperiment(String(body.experiment_id), body.new_name), {}),
  });

  app.post('/experiments/delete', {
    schema: { operationId: 'deleteExperiment', tags, summary: 'Mark an experiment and its runs as deleted', body: Type.Object({ experiment_id: ExperimentId }), response: responses(Empty) },
    handler: async ({ body }) => (await app.tracking.deleteExperiment(String(body.experiment_id)), {}),
  });

  app.post('/experiments/restore', {
    schema: { operationId: 'restoreExperiment', tags, summary: 'Restore a deleted experiment and its runs', body: Type.Object({ experiment_id: ExperimentId }), response: responses(Empty) },
    handler: async ({ body }) => (await app.tracking.restoreExperiment(String(body.experiment_id)), {}),
  });

  app.post('/experiments/set-experiment-tag', {
    schema: { operationId: 'setExperimentTag', tags, summary: 'Set a tag of an experiment', body: Type.Object({ experiment_id: ExperimentId, key: Type.String(), value: Type.String() }), response: responses(Empty) },
    handler: async ({ body }) => (await app.tracking.setExperimentTag(String(body.experiment_id), body.key, body.value), {}),
  });

  app.post('/experiments/delete-experiment-tag', {
    schema: { operationId: 'deleteExperimentTag', tags, summary: 'Delete a tag of an experiment', body: Type.Object({ experiment_id: ExperimentId, key: Type.String() }), response: responses(Empty) },
    handler: async ({ body }) => (await app.tracking.deleteExperimentTag(String(body.experiment_id), body.key), {}),
  });
};
