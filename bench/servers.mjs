import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

async function start(command, args, { url, health, folder }) {
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk) => (errors = (errors + chunk).slice(-4000)));
  const exited = once(child, 'exit');
  const deadline = Date.now() + 30_000;
  while (!(await fetch(url + health).catch(() => undefined))?.ok) {
    if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}: ${errors}`);
    if (Date.now() > deadline) throw new Error(`${command} does not answer on ${url}: ${errors}`);
    await delay(50);
  }
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** The built server on SQLite, all of it below `folder`. */
export async function startTaller(folder) {
  const port = await freePort();
  const args = [join(import.meta.dirname, '../dist/server.js'), '--host', '127.0.0.1', '--port', String(port)];
  args.push('--backend-store-uri', `sqlite:///${folder}/taller.db`, '--artifacts-destination', join(folder, 'artifacts'));
  return start(process.execPath, args, { url: `http://127.0.0.1:${port}`, health: '/health', folder });
}

/** FastTrackML on SQLite, from the virtual environment of `python`. */
export async function startFastTrackMl(folder, python) {
  const port = await freePort();
  const args = ['server', '--listen-address', `127.0.0.1:${port}`, '--log-level', 'error'];
  args.push('--database-uri', `sqlite://${folder}/fasttrackml.db`, '--default-artifact-root', join(folder, 'artifacts'));
  return start(join(dirname(python), 'fml'), args, { url: `http://127.0.0.1:${port}`, health: '/health', folder });
}
