import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../../src/app.js';

export const ONNX_MODELS = join(import.meta.dirname, 'fixtures');

/** Text in place of a file of the folder, or of one that it lacks. */
export type Changes = Readonly<Record<string, string | Uint8Array | ((text: string) => string)>>;

interface Testing {
  testdir(): string;
  teardown(work: () => unknown): void;
}

/** A whole server in memory and a temporary folder, closed with the test. */
export async function servingApp(t: Testing): Promise<FastifyInstance> {
  const app = await buildApp({ backendStoreUri: 'sqlite://', artifactsDestination: t.testdir(), serveArtifacts: true });
  t.teardown(() => app.close());
  return app;
}

/** Logs a model folder to a new run and registers it; answers the version and the run. */
export async function registerFolder(app: FastifyInstance, name: string, folder: string, changes: Changes = {}): Promise<{ version: string; run_id: string }> {
  const { run } = JSON.parse(`{"run":${await app.tracking.createRun({ experiment_id: '0' })}}`);
  const { run_id, artifact_uri } = (run.run ?? run).info;
  const root = app.artifacts.locate(`${artifact_uri}/model`);
  const files = await readdir(folder);
  for (const file of files) await app.artifacts.store.write(`${root}/${file}`, await contentOf(join(folder, file), changes[file]));
  for (const file of Object.keys(changes).filter((added) => !files.includes(added))) await app.artifacts.store.write(`${root}/${file}`, await contentOf('', changes[file]));
  await app.registry.createRegisteredModel({ name }).catch(() => undefined);
  const { version } = await app.registry.createModelVersion({ name, source: `${artifact_uri}/model`, run_id });
  return { version, run_id };
}

async function contentOf(path: string, change: Changes[string] | undefined): Promise<Readable> {
  if (change === undefined) return createReadStream(path);
  if (typeof change !== 'function') return Readable.from([Buffer.from(change)]);
  const chunks = await createReadStream(path, 'utf8').toArray();
  return Readable.from([Buffer.from(change(chunks.join('')))]);
}

/** Posts JSON, or a text as it is. */
export async function post(app: FastifyInstance, url: string, body: unknown) {
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await app.inject({ method: 'POST', url, headers: { 'content-type': 'application/json' }, payload });
  return { status: response.statusCode, body: response.json(), headers: response.headers };
}

/** Reads JSON. */
export async function get(app: FastifyInstance, url: string) {
  const response = await app.inject(url);
  return { status: response.statusCode, body: response.json(), headers: response.headers };
}
