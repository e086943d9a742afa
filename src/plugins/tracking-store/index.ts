import fp from 'fastify-plugin';
import type { Tracking } from './contract.js';
import { createExperimentStore, ensureDefaultExperiment } from './experiments.js';
import { createKeys } from './keys.js';
import { createLoggedModelStore } from './logged-models.js';
import { createResolveSource } from './model-sources.js';
import type { Registry } from './registry-contract.js';
import { createRegistry } from './registry-store.js';
import { createRunReader } from './run-reader.js';
import { createRunStore } from './runs.js';

declare module 'fastify' {
  interface FastifyInstance {
    tracking: Tracking;
    registry: Registry;
  }
}

/** Experiments, runs, logged models and the model registry over the tracking database. */
export default fp(
  async (app) => {
    const { db, artifacts } = app;
    const now = Date.now;
    const keys = createKeys(db);
    const reader = createRunReader(db, keys);
    const experimentDeps = { db, defaultRoot: artifacts.defaultRoot, now };
    const experiments = createExperimentStore(experimentDeps);
    const runs = createRunStore({ db, keys, reader, now });
    const loggedModels = createLoggedModelStore({ db, now });
    const withRuns = (work: Promise<void>) => work.finally(() => reader.forgetAll());
    await ensureDefaultExperiment(experimentDeps);
    app.decorate('tracking', {
      ...experiments,
      ...runs,
      ...loggedModels,
      deleteExperiment: (id) => withRuns(experiments.deleteExperiment(id)),
      restoreExperiment: (id) => withRuns(experiments.restoreExperiment(id)),
    });
    app.decorate('registry', createRegistry({ db, resolveSource: createResolveSource({ ...runs, ...loggedModels }, artifacts) }));
  },
  { name: 'tracking-store', dependencies: ['database', 'artifact-store'] },
);
