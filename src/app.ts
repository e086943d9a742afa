import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { AppOptions } from './plugins/config.js';
import artifactStore from './plugins/artifact-store/index.js';
import database from './plugins/database/index.js';
import modelServer from './plugins/model-server/index.js';
import openapi from './plugins/openapi.js';
import trackingStore from './plugins/tracking-store/index.js';
import { endpointNotFound, frameworkErrorBody, registerMlflowErrors } from './routes/mlflow/error-handler.js';
import { mlflowRoutes } from './routes/mlflow/index.js';
import { mlflowArtifactRoutes } from './routes/mlflow-artifacts/index.js';
import { modelRoutes } from './routes/models/index.js';
import { systemRoutes } from './routes/system.js';

/* Bodies of JSON; artifacts stream past this limit. The largest dataset profile has 16 MiB. */
const BODY_LIMIT = 32 * 1024 * 1024;

/** Builds the whole server without listening. Closing it closes all that it opened. Throws StartupError. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const app = Fastify({
    logger: options.logger ?? false,
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: 8192 },
    frameworkErrors: (error, _request, reply: FastifyReply) => {
      const { status, body } = frameworkErrorBody(error);
      void reply.code(status).type('application/json; charset=utf-8').send(body);
    },
    rewriteUrl: (request) => canonicalUrl(request.url ?? '/'),
    ajv: { customOptions: { coerceTypes: false, allowUnionTypes: true, allErrors: false } },
  }).withTypeProvider<TypeBoxTypeProvider>();
  try {
    registerMlflowErrors(app);
    app.setNotFoundHandler((request) => {
      throw endpointNotFound(request.method, request.originalUrl);
    });
    await app.register(openapi);
    await app.register(database, options);
    await app.register(artifactStore, options);
    await app.register(trackingStore);
    await app.register(modelServer);
    await app.register(mlflowRoutes, { prefix: '/api/2.0/mlflow' });
    await app.register(mlflowArtifactRoutes, { prefix: '/api/2.0/mlflow-artifacts' });
    await app.register(modelRoutes, { prefix: '/models' });
    await app.register(systemRoutes);
    await app.ready();
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
}

const ALIASES = /^\/(?:ajax-api\/[23]\.0|api\/3\.0)\/(?=mlflow)/;

/** MLflow answers under four prefixes; they are one API, so one of them is routed. */
function canonicalUrl(url: string): string {
  return url.replace(ALIASES, '/api/2.0/');
}
