import type { Http } from './http.js';
import type { LoggedModel } from './tracking.js';

const api = '/api/2.0/mlflow';

export interface Prediction {
  label: number;
  probabilities: Record<string, number>;
}

export async function createName(http: Http, name: string): Promise<void> {
  await http.post(`${api}/registered-models/create`, { name });
}

/** Registers a logged model under a name; resolves with the number of the new version. */
export async function addVersion(http: Http, name: string, runId: string, model: LoggedModel): Promise<string> {
  const body = { name, source: model.uri, run_id: runId, model_id: model.id };
  const { model_version: created } = await http.post(`${api}/model-versions/create`, body);
  return created.version;
}

export const nameAddress = (http: Http, name: string) => http.address(`${api}/registered-models/get`, { name });

export async function setAlias(http: Http, name: string, alias: string, version: string): Promise<void> {
  await http.post(`${api}/registered-models/alias`, { name, alias, version });
}

export const aliasAddress = (http: Http, name: string, alias: string) =>
  http.address(`${api}/registered-models/alias`, { name, alias });

export const predictPath = (name: string, reference: string) => `/models/${name}${reference}/predict`;

/** Asks the server itself for predictions; `reference` is `@alias` or `/version`. */
export async function predict(http: Http, name: string, reference: string, records: object[]): Promise<Prediction[]> {
  const { predictions } = await http.post(predictPath(name, reference), records);
  return predictions;
}
