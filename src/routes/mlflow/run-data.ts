import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import { MetricIn, MetricOut, RunId, RunIdFields, runIdOf, TagList, toMetric } from './tracking-wire.js';
import { Empty, Int64, KeyValue, responses, toInt } from './wire.js';

const tags = ['Runs'];
const Dataset = Type.Object({
  name: Type.Optional(Type.String()), digest: Type.Optional(Type.String()), source_type: Type.Optional(Type.String()),
  source: Type.Optional(Type.String()), schema: Type.Optional(Type.String()), profile: Type.Optional(Type.String()),
});

/** What a run logs, below `/mlflow` of an API prefix. Every call goes through the one write path, log-batch. */
export const runDataRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.post('/runs/log-metric', {
    schema: {
      operationId: 'logMetric', tags, summary: 'Log a metric point',
      body: Type.Object({ ...RunIdFields, ...MetricIn.properties }, { examples: [{ run_id: '0123456789abcdef0123456789abcdef', key: 'loss', value: 0.25, timestamp: 1767225600000, step: 1 }] }),
      response: responses(Empty),
    },
    handler: async ({ body }) => (await app.tracking.logBatch({ run_id: runIdOf(body), metrics: [toMetric(body)] }), {}),
  });

  app.post('/runs/log-parameter', {
    schema: { operationId: 'logParam', tags, summary: 'Log a param, which is written once', body: Type.Object({ ...RunIdFields, key: Type.String(), value: Type.String({ default: '' }) }), response: responses(Empty) },
    handler: async ({ body }) => (await app.tracking.logBatch({ run_id: runIdOf(body), params: [{ key: body.key, value: body.value }] }), {}),
  });

  app.post('/runs/set-tag', {
    schema: { operationId: 'setTag', tags, summary: 'Set a tag of a run', body: Type.Object({ ...RunIdFields, key: Type.String(), value: Type.String({ default: '' }) }), response: responses(Empty) },
    handler: async ({ body }) => (await app.tracking.logBatch({ run_id: runIdOf(body), tags: [{ key: body.key, value: body.value }] }), {}),
  });

  app.post('/runs/delete-tag', {
    schema: { operationId: 'deleteTag', tags, summary: 'Delete a tag of a run', body: Type.Object({ run_id: RunId, key: Type.String() }), response: responses(Empty) },
    handler: async ({ body }) => (await app.tracking.deleteTag(body.run_id, body.key), {}),
  });

  app.post('/runs/log-batch', {
    schema: {
      operationId: 'logBatch', tags, summary: 'Log up to 1000 metrics, 100 params and 100 tags, all or nothing',
      body: Type.Object(
        { run_id: RunId, metrics: Type.Optional(Type.Array(MetricIn)), params: Type.Optional(Type.Array(KeyValue)), tags: Type.Optional(TagList) },
        { examples: [{ run_id: '0123456789abcdef0123456789abcdef', metrics: [{ key: 'loss', value: 0.25, timestamp: 1767225600000, step: 1 }], params: [{ key: 'max_depth', value: '7' }] }] },
      ),
      response: responses(Empty),
    },
    handler: async ({ body }) => (await app.tracking.logBatch({ ...body, metrics: body.metrics?.map(toMetric) }), {}),
  });

  app.post('/runs/log-inputs', {
    schema: {
      operationId: 'logInputs', tags, summary: 'Record datasets and models that a run used',
      body: Type.Object({ run_id: RunId, datasets: Type.Optional(Type.Array(Type.Object({ tags: Type.Optional(TagList), dataset: Type.Optional(Dataset) }))), models: Type.Optional(Type.Array(Type.Object({ model_id: Type.String() }))) }),
      response: responses(Empty),
    },
    handler: async ({ body }) => (await app.tracking.logInputs(body), {}),
  });

  app.post('/runs/outputs', {
    schema: {
      operationId: 'logOutputs', tags, summary: 'Record models that a run made',
      body: Type.Object({ run_id: RunId, models: Type.Optional(Type.Array(Type.Object({ model_id: Type.String(), step: Type.Optional(Int64()) }))) }),
      response: responses(Empty),
    },
    handler: async ({ body }) => (await app.tracking.logOutputs({ run_id: body.run_id, models: (body.models ?? []).map((model) => ({ ...model, step: toInt(model.step) })) }), {}),
  });

  app.get('/metrics/get-history', {
    schema: {
      operationId: 'getMetricHistory', tags, summary: 'Read all points of a metric of a run',
      querystring: Type.Object({ ...RunIdFields, metric_key: Type.String(), max_results: Type.Optional(Int64({ description: 'At most 25000.' })), page_token: Type.Optional(Type.String()) }),
      response: responses(Type.Object({ metrics: Type.Optional(Type.Array(MetricOut)), next_page_token: Type.Optional(Type.String()) })),
    },
    handler: async ({ query }) => {
      const { metrics, next_page_token } = await app.tracking.metricHistory({ ...query, run_id: runIdOf(query), max_results: toInt(query.max_results) });
      return { metrics: metrics.length > 0 ? metrics : undefined, next_page_token };
    },
  });
};
