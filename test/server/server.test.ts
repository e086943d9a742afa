import { once } from 'node:events';
import { existsSync, symlinkSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { test, type Test } from 'tap';
import { buildServer, type Ended, run, start } from './built-server.js';

test('the taller bin', async (t) => {
  const entry = buildServer(t);
  const anyPort = ['--port', '0'];

  const failsInOneLine = (tt: Test, end: Ended, message: RegExp) => {
    tt.equal(end.code, 1);
    tt.match(end.stderr, message);
    tt.match(end.stderr, /^taller: [^\n]+\n$/);
  };

  await t.test('starts with nothing but a port, keeps its data in ./taller-data, and says where all is', async (tt) => {
    const cwd = tt.testdir();
    const { lines, url, process, ended } = await start(tt, entry, { cwd, args: anyPort });
    tt.match(lines, new RegExp(`UI +${url}/\n`));
    tt.match(lines, new RegExp(`API docs +${url}/docs\n`));
    tt.match(lines, `mlflow.set_tracking_uri("${url}")`);
    tt.match(lines, join(cwd, 'taller-data/taller.db'));
    tt.match(lines, `${join(cwd, 'taller-data/artifacts')}, as mlflow-artifacts:/`);
    tt.ok((await fetch(`${url}/health`)).ok);
    process.kill('SIGTERM');
    tt.match(await ended, { code: 0, signal: null, stderr: '' });
    tt.ok(existsSync(join(cwd, 'taller-data/taller.db')));
    tt.ok(existsSync(join(cwd, 'taller-data/artifacts')));
  });

  await t.test('is ready within a second of a free processor', async (tt) => {
    const times: number[] = [];
    /* Other tests share the processors: one start of eight has to find them free. */
    while (times.length < 8 && !times.some((time) => time < 1000)) {
      const { lines, process, ended } = await start(tt, entry, { cwd: tt.testdir(), args: anyPort });
      times.push(Number(/is ready after (\d+) ms/.exec(lines)?.[1]));
      process.kill('SIGTERM');
      await ended;
    }
    tt.ok(times.some((time) => time < 1000), `ready after ${times.join(', ')} ms`);
  });

  await t.test('keeps what was stored over a restart', async (tt) => {
    const cwd = tt.testdir();
    const args = [...anyPort, '--backend-store-uri', 'sqlite:///new/folder/x.db', '--artifacts-destination', './files'];
    const first = await start(tt, entry, { cwd, args });
    const created = await fetch(`${first.url}/api/2.0/mlflow/experiments/create`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":"kept"}' });
    tt.equal(created.status, 200);
    await fetch(`${first.url}/api/2.0/mlflow-artifacts/artifacts/1/a.txt`, { method: 'PUT', body: 'kept' });
    first.process.kill('SIGTERM');
    await first.ended;
    const second = await start(tt, entry, { cwd, args });
    tt.match(await (await fetch(`${second.url}/api/2.0/mlflow/experiments/get-by-name?experiment_name=kept`)).json(), { experiment: { name: 'kept' } });
    tt.equal(await (await fetch(`${second.url}/api/2.0/mlflow-artifacts/artifacts/1/a.txt`)).text(), 'kept');
  });

  await t.test('starts through a symbolic link, as npm installs it', async (tt) => {
    const cwd = tt.testdir({ bin: {} });
    symlinkSync(entry, join(cwd, 'bin/taller'));
    const { url } = await start(tt, join(cwd, 'bin/taller'), { cwd, args: anyPort });
    tt.ok((await fetch(`${url}/health`)).ok);
  });

  await t.test('takes its settings from the environment of mlflow server', async (tt) => {
    const cwd = tt.testdir();
    const env = { MLFLOW_PORT: '0', MLFLOW_HOST: '0.0.0.0', MLFLOW_BACKEND_STORE_URI: `sqlite:///${join(cwd, 'env.db')}`, MLFLOW_ARTIFACTS_DESTINATION: `file://${cwd}/env-files` };
    const { url, lines } = await start(tt, entry, { cwd, env });
    tt.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
    tt.match(lines, join(cwd, 'env.db'));
    tt.ok(existsSync(join(cwd, 'env-files')));
    tt.notOk(existsSync(join(cwd, 'taller-data')));
  });

  await t.test('names what it was given in vain', async (tt) => {
    const { lines } = await start(tt, entry, { cwd: tt.testdir(), args: ['server', ...anyPort, '--workers', '4'] });
    tt.match(lines, /^Note: --workers has no effect/);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    await t.test(`on ${signal} finishes the request in flight, takes no new one, and ends with 0`, async (tt) => {
      const { url, process, ended } = await start(tt, entry, { cwd: tt.testdir(), args: anyPort });
      const upload = request(`${url}/api/2.0/mlflow-artifacts/artifacts/a.txt`, { method: 'PUT' });
      const answer = once(upload, 'response') as Promise<[IncomingMessage]>;
      upload.write('first ');
      await until(async () => (await fetch(`${url}/health`)).ok);
      process.kill(signal);
      await until(async () => fetch(`${url}/health`).then((response) => !response.ok, () => true));
      upload.end('second');
      const [response] = await answer;
      tt.equal(response.statusCode, 200);
      response.resume();
      tt.match(await ended, { code: 0, signal: null, stderr: '' });
    });
  }

  await t.test('a second signal does not wait for the request in flight', async (tt) => {
    const { url, process, ended } = await start(tt, entry, { cwd: tt.testdir(), args: anyPort });
    const upload = request(`${url}/api/2.0/mlflow-artifacts/artifacts/a.txt`, { method: 'PUT' });
    upload.on('error', () => undefined);
    upload.write('never finished');
    await until(async () => (await fetch(`${url}/health`)).ok);
    process.kill('SIGTERM');
    await until(async () => fetch(`${url}/health`).then((response) => !response.ok, () => true));
    process.kill('SIGTERM');
    tt.match(await ended, { code: 143 });
  });

  await t.test('prints help and version and ends with 0', async (tt) => {
    const cwd = tt.testdir();
    tt.match(await run(entry, { cwd, args: ['--help'] }), { code: 0, stdout: /^Usage: taller/, stderr: '' });
    tt.match(await run(entry, { cwd, args: ['--version'] }), { code: 0, stdout: /^taller \d+\.\d+\.\d+\n$/, stderr: '' });
    tt.notOk(existsSync(join(cwd, 'taller-data')));
  });

  await t.test('one line and exit code 1 for an unknown flag', async (tt) => {
    failsInOneLine(tt, await run(entry, { cwd: tt.testdir(), args: ['--prot', '5000'] }), /Unknown flag --prot\. Did you mean --port\?/);
  });

  await t.test('one line and exit code 1 for a busy port', async (tt) => {
    const busy = createServer().listen(0, '127.0.0.1');
    tt.teardown(() => busy.close());
    await once(busy, 'listening');
    const { port } = busy.address() as AddressInfo;
    failsInOneLine(tt, await run(entry, { cwd: tt.testdir(), args: ['--port', String(port)] }), new RegExp(`--port ${port}: another process listens on 127\\.0\\.0\\.1:${port} already`));
  });

  await t.test('one line and exit code 1 for an address that this machine does not have', async (tt) => {
    failsInOneLine(tt, await run(entry, { cwd: tt.testdir(), args: [...anyPort, '--host', '192.0.2.1'] }), /--host 192\.0\.2\.1: this machine has no such address/);
  });

  await t.test('one line and exit code 1 for folders that cannot be written', async (tt) => {
    const cwd = tt.testdir({ file: '' });
    failsInOneLine(tt, await run(entry, { cwd, args: [...anyPort, '--artifacts-destination', './file/artifacts'] }), /--artifacts-destination: the folder .*\/file\/artifacts cannot be used \(ENOTDIR\)/);
    failsInOneLine(tt, await run(entry, { cwd, args: [...anyPort, '--backend-store-uri', 'sqlite:///file/taller.db'] }), /file\/taller\.db|file/);
  });

  await t.test('one line and exit code 1 for stores of other kinds', async (tt) => {
    const cwd = tt.testdir();
    failsInOneLine(tt, await run(entry, { cwd, args: ['--artifacts-destination', 's3://bucket/x', ...anyPort] }), /the scheme "s3:" are not supported/);
    failsInOneLine(tt, await run(entry, { cwd, args: ['--backend-store-uri', 'mysql://u:secret@h/d'] }), /the scheme "mysql:" is not supported/);
  });

  await t.test('one line and exit code 1 for a database that is corrupt, and the file stays as it is', async (tt) => {
    const cwd = tt.testdir({ 'corrupt.db': 'this is no database, whatever its name says; it has some length, too' });
    failsInOneLine(tt, await run(entry, { cwd, args: [...anyPort, '--backend-store-uri', 'sqlite:///corrupt.db'] }), /corrupt\.db/);
  });

  await t.test("one line and exit code 1 for a database of MLflow's own schema", async (tt) => {
    const cwd = tt.testdir();
    const db = new Database(join(cwd, 'mlflow.db'));
    db.exec("CREATE TABLE alembic_version (version_num VARCHAR(32)); CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name VARCHAR(256)); INSERT INTO experiments VALUES (0, 'Default')");
    db.close();
    failsInOneLine(tt, await run(entry, { cwd, args: [...anyPort, '--backend-store-uri', 'sqlite:///mlflow.db'] }), /mlflow\.db/);
    const after = new Database(join(cwd, 'mlflow.db'), { readonly: true });
    tt.same(after.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").pluck().all(), ['alembic_version', 'experiments']);
    after.close();
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) if (Date.now() > deadline) throw new Error('the condition did not come true within 10 s');
}
