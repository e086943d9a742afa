import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Test } from 'tap';

export interface RunningServer {
  url: string;
  process: ChildProcess;
  /** Ends the process with a signal and resolves when it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const entry = join(import.meta.dirname, '../../dist/server.js');
const startDeadline = 20_000;

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('the probe has no port');
  return address.port;
}

async function answersHealth(url: string): Promise<boolean> {
  const response = await fetch(`${url}/health`).catch(() => undefined);
  return response?.ok === true;
}

/** Spawns the built server on a free loopback port with all of its data below `folder`, and waits until it answers. */
export async function startServer(folder: string): Promise<RunningServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const flags = [
    '--host', '127.0.0.1', '--port', String(port),
    '--backend-store-uri', `sqlite:///${join(folder, 'taller.db')}`,
    '--artifacts-destination', join(folder, 'artifacts'),
  ];
  const env = { ...process.env, NODE_OPTIONS: '' };
  const child = spawn(process.execPath, [entry, ...flags], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const exited = once(child, 'exit');

  const deadline = Date.now() + startDeadline;
  while (!(await answersHealth(url))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the server ended before it was ready:\n${output}`);
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`the server was not ready after ${startDeadline} ms:\n${output}`);
    }
    await delay(20);
  }
  return {
    url,
    process: child,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await exited;
    },
  };
}

/** `startServer` for one test: its folder is the test's own, and the test's end stops it. */
export async function serverFor(t: Test): Promise<RunningServer> {
  const server = await startServer(t.testdir());
  t.teardown(() => server.stop());
  return server;
}
