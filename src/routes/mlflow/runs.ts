import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import type { RunStatus } from '../../plugins/tracking-store/contract.js';
import { ExperimentId, RunId, RunIdFields, runIdOf, RunInfoOut, RunOut, sendJson, TagList, View } from './tracking-wire.js';
import { Empty, Int64, responses, toInt } from './wire.js';

const tags = ['Runs'];
const Status = Type.Unsafe<RunStatus>({ type: 'string', enum: ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] });
const RunAnswer = Type.Object({ run: RunOut });

/** Runs themselves, below `/mlflow` of an API prefix. */
export const runRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.post('/runs/create', {
    schema: {
      operationId: 'createRun', tags, summary: 'Create a run',
      body: Type.Object(
        { experiment_id: ExperimentId, user_id: Type.Optional(Type.String()), run_name: Type.Optional(Type.String()), start_time: Type.Optional(Int64({ description: 'Milliseconds since 1970.' })), tags: Type.Optional(TagList) },
        { examples: [{ experiment_id: '0', run_name: 'forest', start_time: 1767225600000 }] },
      ),
      response: responses(RunAnswer),
    },
    handler: async ({ body }, reply) => {
      const run = await app.tracking.createRun({ ...body, experiment_id: String(body.experiment_id), start_time: toInt(body.start_time) });
      return sendJson(reply, `{"run":${run}}`);
    },
  });

  app.get('/runs/get', {
    schema: { operationId: 'getRun', tags, summary: 'Read a run with its latest metrics, params, tags, inputs and outputs', querystring: Type.Object(RunIdFields), response: responses(RunAnswer) },
    handler: async ({ query }, reply) => sendJson(reply, `{"run":${await app.tracking.getRun(runIdOf(query))}}`),
  });

  app.post('/runs/update', {
    schema: {
      operationId: 'updateRun', tags, summary: "Change a run's status, end time or name",
      body: Type.Object({ ...RunIdFields, status: Type.Optional(Status), end_time: Type.Optional(Int64()), run_name: Type.Optional(Type.String()) }),
      response: responses(Type.Object({ run_info: RunInfoOut })),
    },
    handler: async ({ body }, reply) => {
      const info = await app.tracking.updateRun({ ...body, run_id: runIdOf(body), end_time: toInt(body.end_time) });
      return sendJson(reply, `{"run_info":${info}}`);
    },
  });

  app.post('/runs/delete', {
    schema: { operationId: 'deleteRun', tags, summary: 'Mark a run as deleted', body: Type.Object({ run_id: RunId }), response: responses(Empty) },
    handler: async ({ body }) => (await app.tracking.deleteRun(body.run_id), {}),
  });

  app.post('/runs/restore', {
    schema: { operationId: 'restoreRun', tags, summary: 'Restore a deleted run', body: Type.Object({ run_id: RunId }), response: responses(Empty) },
    handler: async ({ body }) => (await app.tracking.restoreRun(body.run_id), {}),
  });

  app.post('/runs/search', {
    schema: {
      operationId: 'searchRuns', tags, summary: 'Search runs by filter and order, a page at a time',
      body: Type.Object(
        {
          experiment_ids: Type.Optional(Type.Array(ExperimentId)),
          filter: Type.Optional(Type.String({ description: "Over metrics, params, tags, attributes and datasets, with AND, OR, NOT and brackets." })),
          run_view_type: Type.Optional(View),
          max_results: Type.Optional(Int64({ description: 'From 1 to 50000; 1000 by default.' })),
          order_by: Type.Optional(Type.Array(Type.String({ description: 'Such as "metrics.acc DESC".' }))),
          page_token: Type.Optional(Type.String({ description: 'The next_page_token of the page before.' })),
        },
        { examples: [{ experiment_ids: ['0'], filter: "metrics.mean_accuracy > 0.9 and params.max_depth = '7'", order_by: ['metrics.mean_auroc DESC'] }] },
      ),
      response: responses(Type.Object({ runs: Type.Optional(Type.Array(RunOut)), next_page_token: Type.Optional(Type.String()) })),
    },
    handler: async ({ body }, reply) => {
      const { runs, next_page_token: token } = await app.tracking.searchRuns({ ...body, experiment_ids: (body.experiment_ids ?? []).map(String), max_results: toInt(body.max_results) });
      const fields = [...(runs.length > 0 ? [`"runs":[${runs.join(',')}]`] : []), ...(token ? [`"next_page_token":${JSON.stringify(token)}`] : [])];
      return sendJson(reply, `{${fields.join(',')}}`);
    },
  });
};
