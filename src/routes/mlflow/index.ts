import type { FastifyPluginAsync } from 'fastify';
import { artifactListRoutes } from './artifacts.js';
import { registerMlflowErrors } from './error-handler.js';
import { experimentRoutes } from './experiments.js';
import { loggedModelRoutes } from './logged-models.js';
import { modelVersionRoutes } from './model-versions.js';
import { registeredModelLabelRoutes } from './registered-model-labels.js';
import { registeredModelRoutes } from './registered-models.js';
import { acceptOnlyJson } from './json-body.js';
import { runDataRoutes } from './run-data.js';
import { runRoutes } from './runs.js';
import { serverInfoRoutes } from './server-info.js';

const RESOURCES = [experimentRoutes, runRoutes, runDataRoutes, loggedModelRoutes, artifactListRoutes, registeredModelRoutes, registeredModelLabelRoutes, modelVersionRoutes, serverInfoRoutes];

/** MLflow's REST API, to be registered with the prefix `/api/2.0/mlflow`. */
export const mlflowRoutes: FastifyPluginAsync = async (app) => {
  registerMlflowErrors(app);
  acceptOnlyJson(app);
  for (const resource of RESOURCES) await app.register(resource);
};
