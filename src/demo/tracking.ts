import type { ModelFile, Search, Trial } from './fixtures.js';
import type { Http } from './http.js';

const api = '/api/2.0/mlflow';

export interface LoggedModel {
  id: string;
  uri: string;
  bytes: number;
}

export interface Ranked {
  runId: string;
  name: string;
  value: number;
}

export async function createExperiment(http: Http, name: string): Promise<string> {
  const { experiment_id: id } = await http.post(`${api}/experiments/create`, { name });
  return id;
}

export const experimentAddress = (http: Http, id: string) => http.address(`${api}/experiments/get`, { experiment_id: id });
export const runAddress = (http: Http, id: string) => http.address(`${api}/runs/get`, { run_id: id });
export const searchAddress = (http: Http) => http.address(`${api}/runs/search`);

async function logRun(http: Http, experimentId: string, name: string, { params, metrics }: Trial, parent?: string): Promise<string> {
  const tags = parent ? [{ key: 'mlflow.parentRunId', value: parent }] : [];
  const created = await http.post(`${api}/runs/create`, { experiment_id: experimentId, run_name: name, start_time: Date.now(), tags });
  const runId: string = created.run.info.run_id;
  await http.post(`${api}/runs/log-batch`, {
    run_id: runId,
    params: Object.entries(params).map(([key, value]) => ({ key, value: String(value) })),
    metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp: Date.now(), step: 0 })),
  });
  return runId;
}

async function finish(http: Http, runId: string): Promise<void> {
  await http.post(`${api}/runs/update`, { run_id: runId, status: 'FINISHED', end_time: Date.now() });
}

/** A parent run with a nested run for each trial; resolves with the parent's id. */
export async function logSearch(http: Http, experimentId: string, search: Search): Promise<string> {
  const parent = await logRun(http, experimentId, `search by ${search.scoring}`, search);
  for (const [number, trial] of search.trials.entries()) {
    await finish(http, await logRun(http, experimentId, `trial ${number}`, trial, parent));
  }
  await finish(http, parent);
  return parent;
}

/** Where the server keeps a location of its own, as a path of the artifact routes. */
export function artifactPath(uri: string): string {
  const path = uri.slice('mlflow-artifacts:/'.length).split('/').map(encodeURIComponent).join('/');
  return `/api/2.0/mlflow-artifacts/artifacts/${path}`;
}

/** Logs a model folder for a run: announces it, uploads its files, marks it ready and names it an output of the run. */
export async function logModel(http: Http, experimentId: string, runId: string, name: string, files: ModelFile[]): Promise<LoggedModel> {
  const { model } = await http.post(`${api}/logged-models`, { experiment_id: experimentId, name, source_run_id: runId });
  const { model_id: id, artifact_uri: uri } = model.info;
  for (const { path, content } of files) await http.put(artifactPath(`${uri}/${path}`), content);
  await http.patch(`${api}/logged-models/${id}`, { model_id: id, status: 'LOGGED_MODEL_READY' });
  await http.post(`${api}/runs/outputs`, { run_id: runId, models: [{ model_id: id, step: 0 }] });
  return { id, uri, bytes: files.reduce((sum, file) => sum + file.content.length, 0) };
}

export const loggedModelAddress = (http: Http, id: string) => http.address(`${api}/logged-models/${id}`);

/** The parent runs of an experiment, the best of a metric first. */
export async function rank(http: Http, experimentId: string, metric: string): Promise<Ranked[]> {
  const { runs } = await http.post(`${api}/runs/search`, {
    experiment_ids: [experimentId],
    filter: 'tags.`mlflow.parentRunId` IS NULL',
    order_by: [`metrics.${metric} DESC`],
  });
  return runs.map((run: { info: { run_id: string; run_name: string }; data: { metrics: { key: string; value: number }[] } }) => ({
    runId: run.info.run_id,
    name: run.info.run_name,
    value: run.data.metrics.find(({ key }) => key === metric)?.value ?? Number.NaN,
  }));
}
