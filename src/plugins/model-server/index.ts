import fp from 'fastify-plugin';
import type { FastifyInstance } from 'fastify';
import { createModelCache } from './model-cache.js';
import { createModels } from './models.js';
import type { Models } from './contract.js';

declare module 'fastify' {
  interface FastifyInstance {
    models: Models;
  }
}

export interface ModelServerOptions {
  /** How many models stay loaded; the least recently used leaves first. */
  maxLoadedModels?: number;
  /** How many bytes of models stay loaded. */
  maxLoadedBytes?: number;
  /** The largest model file that is read. */
  maxModelBytes?: number;
}

const MIB = 2 ** 20;
const RETRY_AFTER_MS = 5000;

/** Serves the models of the registry: `app.models`. */
export default fp<ModelServerOptions>(
  async (app: FastifyInstance, { maxLoadedModels = 64, maxLoadedBytes = 1024 * MIB, maxModelBytes = 512 * MIB }) => {
    const cache = createModelCache({ maxModels: maxLoadedModels, maxBytes: maxLoadedBytes, retryAfterMs: RETRY_AFTER_MS });
    app.decorate('models', createModels({ registry: app.registry, artifacts: app.artifacts, cache, maxModelBytes }));
    app.addHook('onClose', () => cache.close());
  },
  { name: 'model-server', dependencies: ['tracking-store', 'artifact-store'] },
);
