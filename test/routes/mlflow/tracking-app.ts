import type { FastifyInstance, InjectOptions } from 'fastify';
import type { Test } from 'tap';
import { buildApp } from '../../../src/app.js';

export interface Answer {
  status: number;
  body: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- an answer's shape is what the test asserts
}

const BASE = '/api/2.0/mlflow';

/** A whole server over a new database file, and short ways to call it. */
export async function createTrackingApp(t: Test) {
  const folder = t.testdir();
  const options = { backendStoreUri: `sqlite:///${folder}/taller.db`, artifactsDestination: `${folder}/artifacts`, serveArtifacts: true };
  let app: FastifyInstance = await buildApp(options);
  t.teardown(() => app.close());
  const call = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object, base = BASE): Promise<Answer> => {
    const response = await app.inject({ method, url: `${base}${path}`, payload });
    return { status: response.statusCode, body: response.json() };
  };
  const post = (path: string, body: object = {}) => call('POST', path, body);
  const get = (path: string) => call('GET', path);
  const createExperiment = async (name: string) => String((await post('/experiments/create', { name })).body.experiment_id);
  const createRun = async (experiment_id = '0', extra: object = {}) => String((await post('/runs/create', { experiment_id, start_time: 1, ...extra })).body.run.info.run_id);
  /** The names of the runs that a search finds, in its order. */
  const names = async (experiment_id: string, filter: string, order_by: string[] = []) =>
    ((await post('/runs/search', { experiment_ids: [experiment_id], filter, order_by })).body.runs ?? []).map((run: Answer['body']) => run.info.run_name);
  return {
    options, call, post, get, createExperiment, createRun, names,
    inject: (request: InjectOptions) => app.inject(request),
    /** Closes the server and starts it again over the same data. */
    restart: async () => {
      await app.close();
      app = await buildApp(options);
    },
  };
}
