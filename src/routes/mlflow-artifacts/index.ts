import type { FastifyPluginAsync } from 'fastify';
import { TemporarilyUnavailable } from '../../errors.js';
import { registerMlflowErrors } from '../mlflow/error-handler.js';
import { fileRoutes } from './files.js';
import { multipartRoutes } from './multipart.js';
import { uploadRoutes } from './upload.js';

/** The artifact proxy, to be registered with the prefix `/api/2.0/mlflow-artifacts`. */
export const mlflowArtifactRoutes: FastifyPluginAsync = async (app) => {
  registerMlflowErrors(app);
  if (!app.artifacts.served) app.addHook('onRequest', async ({ routeOptions }) => Promise.reject(disabled(routeOptions.url)));
  await app.register(fileRoutes);
  await app.register(uploadRoutes);
  await app.register(multipartRoutes);
};

export default mlflowArtifactRoutes;

function disabled(endpoint = ''): Error {
  return new TemporarilyUnavailable(`Endpoint: ${endpoint} disabled due to the server running with \`--no-serve-artifacts\`. To enable artifacts server functionality, run it with \`--serve-artifacts\``);
}
