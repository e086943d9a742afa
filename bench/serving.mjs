/*
 * One row of iris through /predict, beside a bare Fastify route over the same ONNX session: npm run bench:serving
 * The difference is what reading the registry, the signature and the answer's labels cost.
 */
import { readFile } from 'node:fs/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import ort from 'onnxruntime-node';
import { buildApp } from '../dist/app.js';
import { readModel } from '../dist/demo/fixtures.js';
import { createHttp } from '../dist/demo/http.js';
import { addVersion, createName, setAlias } from '../dist/demo/registry.js';
import { createExperiment, logModel } from '../dist/demo/tracking.js';
import { convertSklearn } from '../dist/ml/sklearn/index.js';
import { createJsonClient } from './json-client.mjs';
import { measure } from './measure.mjs';
import { circumstances, number, table, writeSection } from './report.mjs';

const clients = 8;
const seconds = 5;
const row = { 'sepal length (cm)': 5.1, 'sepal width (cm)': 3.5, 'petal length (cm)': 1.4, 'petal width (cm)': 0.2 };
const fixture = 'iris_accuracy';

async function taller(folder) {
  const app = await buildApp({ backendStoreUri: `sqlite:///${folder}/taller.db`, artifactsDestination: join(folder, 'artifacts'), serveArtifacts: true });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const http = createHttp(url);
  const experimentId = await createExperiment(http, 'serving');
  const { run } = await http.post('/api/2.0/mlflow/runs/create', { experiment_id: experimentId });
  const model = await logModel(http, experimentId, run.info.run_id, fixture, await readModel(fixture));
  await createName(http, 'iris');
  await setAlias(http, 'iris', 'champion', await addVersion(http, 'iris', run.info.run_id, model));
  return { app, url };
}

async function bare() {
  const pickle = await readFile(new URL(`../test/fixtures/models/${fixture}/model.pkl`, import.meta.url));
  const { onnx, input, outputs } = convertSklearn(pickle, 'cloudpickle');
  const session = await ort.InferenceSession.create(onnx, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const TypedArray = input.type === 'float32' ? Float32Array : Float64Array;
  const app = Fastify();
  app.post('/predict', async ({ body }) => {
    const data = TypedArray.from(body, Number);
    const result = await session.run({ [input.name]: new ort.Tensor(input.type, data, [1, data.length]) }, [outputs.label, outputs.probabilities]);
    return { label: Number(result[outputs.label].data[0]), probabilities: [...result[outputs.probabilities].data] };
  });
  return { app, url: await app.listen({ host: '127.0.0.1', port: 0 }) };
}

async function measureRoute(url, path, body) {
  const api = createJsonClient(url);
  const call = () => api.post(path, body);
  await measure({ clients, seconds: 1, call });
  const result = await measure({ clients, seconds, call });
  api.close();
  return result;
}

const folder = mkdtempSync(join(tmpdir(), 'taller-bench-'));
const servers = [];
try {
  servers.push(await taller(folder), await bare());
  const [ours, plain] = servers;
  const results = [
    ['Taller, POST /models/iris@champion/predict', await measureRoute(ours.url, '/models/iris@champion/predict', [row])],
    ['bare Fastify route over the same graph', await measureRoute(plain.url, '/predict', Object.values(row))],
  ];
  const rows = results.map(([name, { perSecond, p50, p99 }]) => [name, number(perSecond), number(p50), number(p99)]);
  const body = `${circumstances([`onnxruntime-node ${ort.env.versions.node}`])} One row, ${clients} clients, ${seconds} seconds each after one of warm-up; a forest of 20 trees, the load in the servers' own process.

${table(['route', 'requests/s', 'p50 ms', 'p99 ms'], rows)}

Again: \`npm run bench:serving\`.`;
  writeSection('Serving one row', body);
} finally {
  for (const { app } of servers) await app.close();
  rmSync(folder, { recursive: true, force: true });
}
