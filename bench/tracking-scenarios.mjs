import { spread } from './measure.mjs';

const historyPoints = 10_000;
const families = ['rf', 'svm', 'gb'];

async function createExperiment(api, name) {
  const { experiment_id: id } = await api.post('/experiments/create', { name: `${name}-${Date.now()}` });
  return id;
}

async function createRun(api, experimentId, name, tags = []) {
  const { run } = await api.post('/runs/create', { experiment_id: experimentId, start_time: Date.now(), run_name: name, tags });
  return run.info.run_id;
}

const metric = (key, value, step = 0) => ({ key, value, timestamp: Date.now(), step });

function thousandPoints(batch) {
  return Array.from({ length: 1000 }, (_, i) => metric(`m${i % 10}`, Math.random(), batch * 100 + Math.floor(i / 10)));
}

async function fillForSearch(api, runs) {
  const experimentId = await createExperiment(api, 'search');
  const task = async (i) => {
    const runId = await createRun(api, experimentId, `run-${i}`, [{ key: 'family', value: families[i % 3] }]);
    const params = [
      { key: 'n_estimators', value: String(100 + (i % 500)) },
      { key: 'max_depth', value: String(3 + (i % 27)) },
    ];
    const metrics = [metric('accuracy', ((i * 7919) % 1000) / 1000), metric('auroc', ((i * 104729) % 1000) / 1000)];
    await api.post('/runs/log-batch', { run_id: runId, params, metrics });
  };
  await spread({ clients: 8, total: runs, task });
  return experimentId;
}

async function fillHistory(api, experimentId) {
  const runId = await createRun(api, experimentId, 'history');
  for (let from = 0; from < historyPoints; from += 1000) {
    const metrics = Array.from({ length: 1000 }, (_, i) => metric('loss', 1 / (1 + from + i), from + i));
    await api.post('/runs/log-batch', { run_id: runId, metrics });
  }
  return runId;
}

/** What every scenario finds on a server before the clock runs: an experiment, 16 runs, a searchable experiment and a long history. */
export async function prepare(api, { searchRuns }) {
  const experimentId = await createExperiment(api, 'load');
  const runIds = [];
  for (let i = 0; i < 16; i++) runIds.push(await createRun(api, experimentId, `writer-${i}`));
  const historyRunId = await fillHistory(api, experimentId);
  const searchId = await fillForSearch(api, searchRuns);
  return { api, experimentId, runIds, historyRunId, searchId };
}

async function runLifecycle({ api, experimentId }, _client, count) {
  const runId = await createRun(api, experimentId, `life-${count}`);
  const params = Array.from({ length: 6 }, (_, i) => ({ key: `p${i}`, value: String(count * i) }));
  await api.post('/runs/log-batch', { run_id: runId, params, metrics: [metric('mean_accuracy', 0.5), metric('mean_auroc', 0.5)] });
  await api.post('/runs/update', { run_id: runId, status: 'FINISHED', end_time: Date.now() });
}

const search = (body) => (target) => target.api.post('/runs/search', { experiment_ids: [target.searchId], ...body });

/** `call(target, client, count)` is one timed call; `target` is what `prepare` returned. */
export const scenarios = [
  { name: 'run lifecycle (create, log-batch, finish)', clients: 8, call: runLifecycle },
  {
    name: 'log-metric',
    clients: 16,
    call: ({ api, runIds }, client, count) =>
      api.post('/runs/log-metric', { run_id: runIds[client], ...metric('loss', Math.random(), count) }),
  },
  {
    name: 'log-batch of 1,000 metrics',
    clients: 4,
    call: ({ api, runIds }, client, count) => api.post('/runs/log-batch', { run_id: runIds[client], metrics: thousandPoints(count) }),
  },
  {
    name: 'search: filter on metric, param and tag, ordered by a metric',
    clients: 4,
    call: search({
      filter: "metrics.accuracy > 0.5 and params.max_depth = '7' and tags.family = 'rf'",
      order_by: ['metrics.auroc DESC'],
      max_results: 100,
    }),
  },
  { name: 'search: page of 100 ordered by a metric', clients: 4, call: search({ order_by: ['metrics.accuracy DESC'], max_results: 100 }) },
  { name: 'search: page of 1,000', clients: 2, call: search({ max_results: 1000 }) },
  { name: 'get-run', clients: 8, call: ({ api, runIds }) => api.get('/runs/get', { run_id: runIds[0] }) },
  {
    name: `metric history of ${historyPoints.toLocaleString('en')} points`,
    clients: 2,
    call: ({ api, historyRunId }) => api.get('/metrics/get-history', { run_id: historyRunId, metric_key: 'loss', max_results: 25_000 }),
  },
];
