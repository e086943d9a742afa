import type { FastifyInstance, InjectOptions } from 'fastify';
import Fastify from 'fastify';
import type { Test } from 'tap';
import { createFixture } from '../../plugins/tracking-store/registry-fixture.js';
import { registerMlflowErrors } from '../../../src/routes/mlflow/error-handler.js';
import { modelVersionRoutes } from '../../../src/routes/mlflow/model-versions.js';
import { registeredModelLabelRoutes } from '../../../src/routes/mlflow/registered-model-labels.js';
import { registeredModelRoutes } from '../../../src/routes/mlflow/registered-models.js';


type Answer = { status: number; body: unknown };

/** The registry's routes over a new database whose clock shows 1000, and a way to call them. */
export async function createRegistryApp(t: Test) {
  const { registry, clock } = await createFixture(t);
  const app: FastifyInstance = Fastify();
  t.teardown(() => app.close());
  app.decorate('registry', registry);
  registerMlflowErrors(app);
  for (const routes of [registeredModelRoutes, registeredModelLabelRoutes, modelVersionRoutes]) await app.register(routes, { prefix: '/api/2.0/mlflow' });
  const answer = async (request: InjectOptions): Promise<Answer> => {
    const response = await app.inject(request);
    return { status: response.statusCode, body: response.json() };
  };
  return {
    clock,
    get: (path: string, query: Record<string, string | string[]> = {}) => answer({ method: 'GET', url: `/api/2.0/mlflow/${path}`, query }),
    send: (method: 'POST' | 'PATCH' | 'DELETE', path: string, payload: object) => answer({ method, url: `/api/2.0/mlflow/${path}`, payload }),
  };
}

export const ok = (body: object): Answer => ({ status: 200, body });
export const fault = (status: number, error_code: string, message: string): Answer => ({ status, body: { error_code, message } });
