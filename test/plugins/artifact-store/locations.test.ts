import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Fastify from 'fastify';
import { test, type Test } from 'tap';
import artifactStore, { createArtifacts } from '../../../src/plugins/artifact-store/index.js';
import { StartupError } from '../../../src/errors.js';
import { bytesOf, invalid, read } from './streams.js';

const proxied = (t: Test) => createArtifacts({ artifactsDestination: t.testdir(), serveArtifacts: true });

test('a proxied location is a path in the store, whatever host it names', async (t) => {
  const { locate } = await proxied(t);
  t.equal(locate('mlflow-artifacts:/1/ab/artifacts'), '1/ab/artifacts');
  t.equal(locate('mlflow-artifacts:/1/ab/artifacts/'), '1/ab/artifacts');
  t.equal(locate('mlflow-artifacts:///1/ab'), '1/ab');
  t.equal(locate('mlflow-artifacts://taller.lab:5000/1/ab'), '1/ab');
  t.equal(locate('MLFLOW-ARTIFACTS://[::1]:5000/1/ab'), '1/ab');
  t.equal(locate('mlflow-artifacts:/'), '');
  t.equal(locate('mlflow-artifacts://host'), '');
  t.equal(locate('mlflow-artifacts:/1/模型 é'), '1/模型 é');
});

test('a percent sign in a proxied location means what it means in the URL that the client makes of it', async (t) => {
  const { locate } = await proxied(t);
  t.equal(locate('mlflow-artifacts:/a%20b'), 'a b');
  t.equal(locate('mlflow-artifacts:/100%'), '100%');
});

const hostile = [
  'http:///#/../../../../etc/', 'http://h/p?/../../../../etc', 'http://h/api/2.0/mlflow-artifacts/artifacts/1', 'https://h/x', 's3://bucket/x', 'dbfs:/x',
  'mlflow-artifacts:/x;/../../../etc', 'mlflow-artifacts:/x;params', 'mlflow-artifacts:/x?y', 'mlflow-artifacts:/x#y', 'mlflow-artifacts://host?/../etc',
  'mlflow-artifacts:/../../etc', 'mlflow-artifacts:/a/../b', 'mlflow-artifacts:/%2e%2e/etc', 'mlflow-artifacts:/%252e%252e/etc', 'mlflow-artifacts:/a%23b',
  'mlflow-artifacts:/a\\..\\b', 'mlflow-artifacts:/a\0b', 'mlflow-artifacts:x', 'mlflow-artifacts:/.taller-default-root/x', 'mlflow-artifacts:////etc',
  'file:///etc', 'file:/etc', 'file://localhost/etc', '/etc', '../..', 'x', '', 'models:/../../x', 'runs:/R/../../other', 'C:\\x', 'C:/x', 'javascript:alert(1)',
];

for (const uri of hostile) {
  test(`the location ${JSON.stringify(uri)} is refused`, async (t) => {
    for (const defaultArtifactRoot of [undefined, join(t.testdirName, 'local')]) {
      const artifacts = await createArtifacts({ artifactsDestination: t.testdir(), defaultArtifactRoot, serveArtifacts: true });
      t.throws(() => artifacts.locate(uri), invalid);
      t.equal(artifacts.owns(uri), false);
    }
  });
}

test('a refusal says which location and why', async (t) => {
  const { locate } = await proxied(t);
  t.throws(() => locate('mlflow-artifacts:/x?y'), { message: 'Invalid artifact location: "mlflow-artifacts:/x?y": it must not hold "?".' });
  t.throws(() => locate('/etc'), { message: 'Invalid artifact location: "/etc": it must be an "mlflow-artifacts:/" URI or a place below the server\'s default artifact root.' });
});

test('a local default root is read where it lies, beside the proxied folder', async (t) => {
  const folder = t.testdir({ proxied: { 'a.txt': 'proxied' }, local: { run: { 'a b.txt': 'local' } }, 'local-beside': { x: 'secret' } });
  const local = join(folder, 'local');
  const artifacts = await createArtifacts({ artifactsDestination: join(folder, 'proxied'), defaultArtifactRoot: local, serveArtifacts: true });
  const { store, locate } = artifacts;
  t.equal(artifacts.defaultRoot, local);
  t.equal(await read(store, locate('mlflow-artifacts:/a.txt')), 'proxied');
  t.equal(await read(store, locate(`${local}/run/a b.txt`)), 'local');
  t.equal(await read(store, locate(pathToFileURL(`${local}/run/a b.txt`).href)), 'local');
  t.same(await store.list(locate(`${local}/run/`)), [{ path: 'a b.txt', isDirectory: false, size: 5 }]);
  t.same(await store.list(locate(local)), [{ path: 'run', isDirectory: true }]);
  for (const uri of [`${local}/../local-beside/x`, `${local}-beside/x`, `${local}/%2e%2e/local-beside/x`, `file://${local}/..%2flocal-beside/x`, `file://other${local}/run`, `${local}/run?x`, `${local}/run;x`]) {
    t.throws(() => locate(uri), invalid, uri);
  }
});

test('the proxy reaches the proxied folder only, never the local default root', async (t) => {
  const folder = t.testdir({ proxied: {}, local: { secret: 'local' } });
  const { proxied: store, locate } = await createArtifacts({ artifactsDestination: join(folder, 'proxied'), defaultArtifactRoot: join(folder, 'local'), serveArtifacts: true });
  await t.rejects(store.open(locate(join(folder, 'local/secret'))), invalid);
  t.same(await store.list(''), []);
});

test('new experiments are proxied unless serving is off or another root is given', async (t) => {
  const folder = t.testdir();
  const rootOf = async (serveArtifacts: boolean, defaultArtifactRoot?: string) => (await createArtifacts({ artifactsDestination: folder, serveArtifacts, defaultArtifactRoot })).defaultRoot;
  t.equal(await rootOf(true), 'mlflow-artifacts:');
  t.equal(await rootOf(false), folder);
  t.equal(await rootOf(true, 'mlflow-artifacts:/'), 'mlflow-artifacts:');
  t.equal(await rootOf(true, 'mlflow-artifacts:/team'), 'mlflow-artifacts:/team');
  t.equal(await rootOf(true, 'mlflow-artifacts://host:5000/'), 'mlflow-artifacts://host:5000');
  t.equal(await rootOf(false, `file://${folder}/sub/`), `file://${folder}/sub`);
  t.equal(await rootOf(true, `${folder}/sub/../other/`), `${folder}/other`);
});

test('without serving, the folder that stands in for the default root is made and read', async (t) => {
  const destination = join(t.testdir(), 'new/artifacts');
  const { store, locate, served } = await createArtifacts({ artifactsDestination: destination, serveArtifacts: false });
  writeFileSync(join(destination, 'a.txt'), 'by a client');
  t.equal(served, false);
  t.equal(await read(store, locate(`${destination}/a.txt`)), 'by a client');
});

test('the destination may be a plain path, a relative one or a file: URI', async (t) => {
  const folder = t.testdir();
  const cwd = process.cwd();
  t.teardown(() => process.chdir(cwd));
  process.chdir(folder);
  for (const [artifactsDestination, place] of [[join(folder, 'plain'), 'plain'], ['./relative/deep', 'relative/deep'], [`file://${folder}/with%20space`, 'with space']] as const) {
    const { store } = await createArtifacts({ artifactsDestination, serveArtifacts: true });
    await store.write('a.txt', bytesOf('here'));
    t.equal(await read((await createArtifacts({ artifactsDestination: join(folder, place), serveArtifacts: true })).store, 'a.txt'), 'here');
  }
});

const unusable = {
  artifactsDestination: {
    's3://bucket/x': /^--artifacts-destination s3:\/\/bucket\/x: artifact locations of the scheme "s3:" are not supported; give a local folder\.$/,
    'hdfs://n/x': /"hdfs:" are not supported/,
    'mlflow-artifacts:/x': /"mlflow-artifacts:" are not supported/,
    'file://other-host/x': /not the URI of a local folder/,
    '/dev/null/x': /^--artifacts-destination: the folder \/dev\/null\/x cannot be used \(ENOTDIR\)\.$/,
  },
  defaultArtifactRoot: {
    's3://bucket/x': /^--default-artifact-root s3:\/\/bucket\/x: artifact locations of the scheme "s3:" are not supported/,
    'mlflow-artifacts:/../x': /^--default-artifact-root: Invalid path/,
    '/dev/null/x': /^--default-artifact-root: the folder/,
  },
};

for (const [option, values] of Object.entries(unusable)) {
  for (const [value, message] of Object.entries(values)) {
    test(`the start fails in one line for ${option} ${value}`, async (t) => {
      const error = await createArtifacts({ artifactsDestination: t.testdir(), serveArtifacts: true, [option]: value }).catch((fault) => fault);
      t.type(error, StartupError);
      t.match(error.message, message);
      t.notMatch(error.message, '\n');
    });
  }
}

test('the plugin gives the app its artifacts', async (t) => {
  const app = Fastify();
  t.teardown(() => app.close());
  await app.register(artifactStore, { artifactsDestination: t.testdir(), serveArtifacts: true });
  t.ok(app.hasPlugin('artifact-store'));
  t.equal(app.artifacts.defaultRoot, 'mlflow-artifacts:');
});
