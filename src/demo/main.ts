import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildApp } from '../app.js';
import { createHttp } from './http.js';
import { createNarrator, type Narrator } from './narrator.js';
import { play } from './play.js';

/** Below this the predictions do not belong to the rows: a forest that was trained on most of iris knows it better. */
const leastAccuracy = 0.9;

async function start(folder: string) {
  const app = await buildApp({
    backendStoreUri: `sqlite:///${join(folder, 'taller.db')}`,
    artifactsDestination: join(folder, 'artifacts'),
    serveArtifacts: true,
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { app, url };
}

async function untilInterrupted(narrator: Narrator, url: string): Promise<void> {
  narrator.say();
  narrator.say('The server goes on until Ctrl-C, which also removes its folder.');
  narrator.say(`    tracking URI   ${url}`);
  narrator.say(`    every route    ${url}/docs`);
  narrator.say(`    the champion   ${url}/models/iris_model@champion/`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}

async function main(keep: boolean): Promise<void> {
  const narrator = createNarrator((line) => console.log(line));
  const folder = await mkdtemp(join(tmpdir(), 'taller-demo-'));
  const started = performance.now();
  narrator.say('From a tuning session to a prediction, over HTTP alone.');
  narrator.say();
  try {
    const { app, url } = await narrator.step('Start a server in an empty folder', async () => {
      const server = await start(folder);
      return { value: server, url: server.url };
    });
    try {
      const accuracy = await play(createHttp(url), narrator);
      if (accuracy < leastAccuracy) throw new Error(`the accuracy is ${accuracy}, at least ${leastAccuracy} was expected`);
      narrator.say(`Done in ${((performance.now() - started) / 1000).toFixed(1)} seconds.`);
      if (keep) await untilInterrupted(narrator, url);
    } finally {
      await app.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

try {
  const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
  await main(values.keep);
} catch (error) {
  console.error(`The demonstration failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
