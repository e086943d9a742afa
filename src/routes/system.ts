import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';

/** The MLflow release whose REST API this server speaks; clients read it from `/version`. */
export const MLFLOW_API_VERSION = '3.17.2';

/** Whether the server is up, and which API it speaks; the root leads to the documentation. */
export const systemRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/health', {
    schema: { operationId: 'getHealth', tags: ['Server'], summary: 'Is the server up', response: { 200: Type.String() } },
    handler: async (_request, reply) => reply.type('text/plain; charset=utf-8').send('OK'),
  });

  app.get('/version', {
    schema: { operationId: 'getVersion', tags: ['Server'], summary: 'The MLflow release whose API this server speaks', response: { 200: Type.String() } },
    handler: async (_request, reply) => reply.type('text/plain; charset=utf-8').send(MLFLOW_API_VERSION),
  });

  app.get('/', async (_request, reply) => reply.redirect('/docs'));
};
