import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import { ExperimentId, MetricOut, TagList } from './tracking-wire.js';
import { Empty, Int64, KeyValue, Out, responses, toInt } from './wire.js';

const tags = ['Logged models'];
const LoggedModelOut = Out('LoggedModel', {
  info: Type.Object({
    model_id: Type.String(), experiment_id: Type.String(), name: Type.String(), creation_timestamp_ms: Type.Integer(), last_updated_timestamp_ms: Type.Integer(), artifact_uri: Type.String(),
    status: Type.String(), model_type: Type.Optional(Type.String()), source_run_id: Type.Optional(Type.String()), status_message: Type.Optional(Type.String()), tags: Type.Optional(Type.Array(KeyValue)),
  }),
  data: Type.Object({
    params: Type.Optional(Type.Array(KeyValue)),
    metrics: Type.Optional(Type.Array(Type.Object({ ...MetricOut.properties, dataset_name: Type.Optional(Type.String()), dataset_digest: Type.Optional(Type.String()), model_id: Type.Optional(Type.String()), run_id: Type.Optional(Type.String()) }))),
  }),
});
const Answer = Type.Object({ model: LoggedModelOut });
const ModelId = Type.Object({ model_id: Type.String({ description: 'The id of a logged model, `m-` and 32 hexadecimal digits.' }) });

/** Logged models, below `/mlflow` of an API prefix. */
export const loggedModelRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const model = (found: unknown) => ({ model: found as (typeof Answer)['static']['model'] });

  app.post('/logged-models', {
    schema: {
      operationId: 'createLoggedModel', tags, summary: 'Create a logged model, pending until it is finalized',
      body: Type.Object(
        { experiment_id: ExperimentId, name: Type.Optional(Type.String()), model_type: Type.Optional(Type.String()), source_run_id: Type.Optional(Type.String()), params: Type.Optional(Type.Array(KeyValue)), tags: Type.Optional(TagList) },
        { examples: [{ experiment_id: '0', name: 'model_rf' }] },
      ),
      response: responses(Answer),
    },
    handler: async ({ body }) => model(await app.tracking.createLoggedModel({ ...body, experiment_id: String(body.experiment_id) })),
  });

  app.post('/logged-models/search', {
    schema: {
      operationId: 'searchLoggedModels', tags, summary: 'Search logged models by filter, datasets and order, a page at a time',
      body: Type.Object({
        experiment_ids: Type.Optional(Type.Array(ExperimentId)),
        filter: Type.Optional(Type.String()),
        datasets: Type.Optional(Type.Array(Type.Object({ dataset_name: Type.Optional(Type.String()), dataset_digest: Type.Optional(Type.String()) }))),
        max_results: Type.Optional(Int64()),
        order_by: Type.Optional(Type.Array(Type.Object({ field_name: Type.Optional(Type.String()), ascending: Type.Optional(Type.Boolean()), dataset_name: Type.Optional(Type.String()), dataset_digest: Type.Optional(Type.String()) }))),
        page_token: Type.Optional(Type.String()),
      }),
      response: responses(Type.Object({ models: Type.Optional(Type.Array(LoggedModelOut)), next_page_token: Type.Optional(Type.String()) })),
    },
    handler: async ({ body }) => {
      const { items, next_page_token } = await app.tracking.searchLoggedModels({ ...body, experiment_ids: (body.experiment_ids ?? []).map(String), max_results: toInt(body.max_results) });
      return { models: items.length > 0 ? items.map((item) => model(item).model) : undefined, next_page_token };
    },
  });

  app.get('/logged-models/:model_id', {
    schema: { operationId: 'getLoggedModel', tags, summary: 'Read a logged model', params: ModelId, querystring: Type.Object({ allow_deleted: Type.Optional(Type.String()) }), response: responses(Answer) },
    handler: async ({ params, query }) => model(await app.tracking.getLoggedModel(params.model_id, query.allow_deleted?.toLowerCase() === 'true')),
  });

  app.patch('/logged-models/:model_id', {
    schema: { operationId: 'finalizeLoggedModel', tags, summary: 'Say that a logged model is ready, or that its upload failed', params: ModelId, body: Type.Object({ status: Type.String() }, { examples: [{ status: 'LOGGED_MODEL_READY' }] }), response: responses(Answer) },
    handler: async ({ params, body }) => model(await app.tracking.finalizeLoggedModel(params.model_id, body.status)),
  });

  app.delete('/logged-models/:model_id', {
    schema: { operationId: 'deleteLoggedModel', tags, summary: 'Mark a logged model as deleted', params: ModelId, response: responses(Empty) },
    handler: async ({ params }) => (await app.tracking.deleteLoggedModel(params.model_id), {}),
  });

  app.patch('/logged-models/:model_id/tags', {
    schema: { operationId: 'setLoggedModelTags', tags, summary: 'Set tags of a logged model', params: ModelId, body: Type.Object({ tags: Type.Optional(TagList) }), response: responses(Empty) },
    handler: async ({ params, body }) => (await app.tracking.setLoggedModelTags(params.model_id, body.tags ?? []), {}),
  });

  app.delete('/logged-models/:model_id/tags/:tag_key', {
    schema: { operationId: 'deleteLoggedModelTag', tags, summary: 'Delete a tag of a logged model', params: Type.Object({ ...ModelId.properties, tag_key: Type.String() }), response: responses(Empty) },
    handler: async ({ params }) => (await app.tracking.deleteLoggedModelTag(params.model_id, params.tag_key), {}),
  });

  app.post('/logged-models/:model_id/params', {
    schema: { operationId: 'logLoggedModelParams', tags, summary: 'Log params of a logged model, which are written once', params: ModelId, body: Type.Object({ params: Type.Optional(Type.Array(KeyValue)) }), response: responses(Empty) },
    handler: async ({ params, body }) => (await app.tracking.logLoggedModelParams(params.model_id, body.params ?? []), {}),
  });
};
