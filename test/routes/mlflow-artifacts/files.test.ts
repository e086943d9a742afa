import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { createArtifactApp, encoded } from './artifact-app.js';

test('a file goes up, is listed, comes down and is deleted', async (t) => {
  const { send } = await createArtifactApp(t);
  const up = await send('PUT', '/artifacts/1/ab/artifacts/a.txt', 'hello', { 'content-type': 'text/plain' });
  t.equal(up.status, 200);
  t.same(up.json, {});
  await send('PUT', '/artifacts/1/ab/artifacts/model/MLmodel', 'flavors: {}');
  await send('PUT', '/artifacts/1/ab/artifacts/empty');
  const listed = await send('GET', '/artifacts?path=1/ab/artifacts');
  t.equal(listed.status, 200);
  t.same(listed.json, {
    files: [
      { path: 'a.txt', is_dir: false, file_size: 5 },
      { path: 'empty', is_dir: false, file_size: 0 },
      { path: 'model', is_dir: true },
    ],
  });
  t.equal((await send('GET', '/artifacts/1/ab/artifacts/a.txt')).text, 'hello');
  t.equal((await send('GET', '/artifacts/1/ab/artifacts/empty')).text, '');
  const gone = await send('DELETE', '/artifacts/1/ab/artifacts/model');
  t.equal(gone.status, 200);
  t.same(gone.json, {});
  t.same((await send('GET', '/artifacts?path=1/ab/artifacts/model')).json, {});
});

test('the root lists without a path, and what is not there lists as nothing', async (t) => {
  const { send } = await createArtifactApp(t, { artifactsDestination: t.testdir({ 1: { a: '' } }) });
  t.same((await send('GET', '/artifacts')).json, { files: [{ path: '1', is_dir: true }] });
  t.same((await send('GET', '/artifacts?path=')).json, { files: [{ path: '1', is_dir: true }] });
  t.same((await send('GET', '/artifacts?path=1/')).json, { files: [{ path: 'a', is_dir: false, file_size: 0 }] });
  t.same((await send('GET', '/artifacts?path=nothing')).json, {});
  t.same((await send('GET', '/artifacts?path=1/a')).json, {});
});

test('a whole folder is deleted by its path with a slash, as the client does for a run', async (t) => {
  const { send } = await createArtifactApp(t, { artifactsDestination: t.testdir({ 1: { ab: { artifacts: { a: '', deep: { b: '' } } } } }) });
  t.equal((await send('DELETE', '/artifacts/1/ab/artifacts/')).status, 200);
  t.same((await send('GET', '/artifacts?path=1/ab')).json, {});
});

test('to delete what is not there is no fault; the root itself is refused', async (t) => {
  const { send } = await createArtifactApp(t, { artifactsDestination: t.testdir({ a: '' }) });
  t.equal((await send('DELETE', '/artifacts/nothing')).status, 200);
  const root = await send('DELETE', '/artifacts/');
  t.equal(root.status, 400);
  t.same(root.json, { error_code: 'INVALID_PARAMETER_VALUE', message: 'Invalid path: "": it must name a file or a folder below the artifact root.' });
  t.same((await send('GET', '/artifacts')).json.files.length, 1);
});

test('a missing file is 404 and a folder 400, in words of MLflow', async (t) => {
  const { send } = await createArtifactApp(t, { artifactsDestination: t.testdir({ folder: {} }) });
  const missing = await send('GET', '/artifacts/no/such.txt');
  t.equal(missing.status, 404);
  t.same(missing.json, { error_code: 'RESOURCE_DOES_NOT_EXIST', message: "No such artifact: 'no/such.txt'" });
  const folder = await send('GET', '/artifacts/folder');
  t.equal(folder.status, 400);
  t.same(folder.json, { error_code: 'INVALID_PARAMETER_VALUE', message: "Artifact path refers to a directory, not a file: 'folder'" });
  t.equal((await send('HEAD', '/artifacts/no/such.txt')).status, 404);
});

const names = ['a b:c+d&e.txt', 'x?y.txt', '100%.txt', '50%20off.txt', 'Tribeč_é_模型.html', '😀.png', 'n'.repeat(255), '模'.repeat(85), `we'ird"q;(1)*.txt`, 'a\nb', 'a=b,c@d$e!f~g[h]{i}|j^k`l'];

for (const name of names) {
  test(`the name ${JSON.stringify(name.slice(0, 30))} comes back as it went`, async (t) => {
    const { send, folder } = await createArtifactApp(t);
    t.equal((await send('PUT', `/artifacts/1/${encoded(name)}`, name)).status, 200);
    t.equal(readFileSync(join(folder, '1', name), 'utf8'), name);
    t.same((await send('GET', '/artifacts?path=1')).json, { files: [{ path: name, is_dir: false, file_size: Buffer.byteLength(name) }] });
    const down = await send('GET', `/artifacts/1/${encoded(name)}`);
    t.equal(down.status, 200);
    t.equal(down.text, name);
    t.equal((await send('DELETE', `/artifacts/1/${encoded(name)}`)).status, 200);
    t.same((await send('GET', '/artifacts?path=1')).json, {});
  });
}

test('a path of two thousand characters works', async (t) => {
  const { send } = await createArtifactApp(t);
  const path = Array(20).fill('n'.repeat(100)).join('/');
  t.equal((await send('PUT', `/artifacts/${path}`, 'deep')).status, 200);
  t.equal((await send('GET', `/artifacts/${path}`)).text, 'deep');
});

const ways = [
  '../secret', '..%2fsecret', '%2e%2e/secret', '%2e%2e%2fsecret', '%252e%252e%252fsecret', '%25252e%25252e%25252fsecret', 'run/../../secret', 'run/%2e%2e/%2e%2e/secret',
  '/etc/passwd', '%2fetc/passwd', '%252fetc/passwd', '..%5csecret', '..\\secret', 'C:%5csecret', 'C:/secret', 'file:%2f%2f%2fetc/passwd', 'run%00', 'run/%00/a', 'run//a', 'run/./a',
  'x%23y.txt', `${'n'.repeat(256)}`, 'evil/secret', 'leak', '.taller-uploads/x', '%2e%74aller-uploads/x',
];

for (const way of ways) {
  test(`no call leaves the root by ${way.slice(0, 40)}`, async (t) => {
    const parent = t.testdir({ root: { run: { a: 'a' } }, secret: 'keep', outside: { secret: 'keep' } });
    const folder = join(parent, 'root');
    symlinkSync(join(parent, 'outside'), join(folder, 'evil'));
    symlinkSync(join(parent, 'secret'), join(folder, 'leak'));
    const { send } = await createArtifactApp(t, { artifactsDestination: folder });
    const answers = [await send('GET', `/artifacts/${way}`), await send('PUT', `/artifacts/${way}`, 'stolen'), await send('DELETE', `/artifacts/${way}`), await send('GET', `/artifacts?path=${way}`)];
    for (const answer of answers) {
      t.equal(answer.status, 400);
      t.equal(answer.json.error_code, 'INVALID_PARAMETER_VALUE');
      t.match(answer.json.message, /^Invalid path: /);
      t.notMatch(answer.text, parent);
    }
    t.equal(readFileSync(join(parent, 'secret'), 'utf8'), 'keep');
    t.equal(readFileSync(join(parent, 'outside/secret'), 'utf8'), 'keep');
    t.equal(readFileSync(join(folder, 'run/a'), 'utf8'), 'a');
    t.notOk(existsSync(join(parent, 'stolen')));
  });
}

test('a link out of the root lists as nothing that is there', async (t) => {
  const folder = t.testdir({ a: '' });
  symlinkSync('/etc', join(folder, 'evil'));
  const { send } = await createArtifactApp(t, { artifactsDestination: folder });
  t.same((await send('GET', '/artifacts')).json, { files: [{ path: 'a', is_dir: false, file_size: 0 }] });
});

test('multipart uploads and presigned downloads are declined in the words that make the client fall back', async (t) => {
  const { send } = await createArtifactApp(t);
  const json = { 'content-type': 'application/json' };
  for (const [step, body] of [['create', { path: 'a', num_parts: 2 }], ['complete', { path: 'a', upload_id: 'u', parts: [{ part_number: 1, etag: 'e', url: 'x' }] }], ['abort', { path: 'a', upload_id: 'u' }]] as const) {
    const answer = await send('POST', `/mpu/${step}/1/ab/artifacts/big.bin`, JSON.stringify(body), json);
    t.equal(answer.status, 501);
    t.same(answer.json, { error_code: 'NOT_IMPLEMENTED', message: 'Multipart upload is not supported for the current artifact repository' });
  }
  const presigned = await send('GET', '/presigned/1/ab/artifacts/big.bin');
  t.equal(presigned.status, 501);
  t.same(presigned.json, { error_code: 'NOT_IMPLEMENTED', message: 'Multipart download is not supported for the current artifact repository' });
});

test('with serving off, every route says so and touches nothing', async (t) => {
  const { send, folder } = await createArtifactApp(t, { artifactsDestination: t.testdir({ a: 'a' }), serveArtifacts: false });
  const calls = [['GET', '/artifacts'], ['GET', '/artifacts/a'], ['HEAD', '/artifacts/a'], ['PUT', '/artifacts/b'], ['DELETE', '/artifacts/a'], ['POST', '/mpu/create/a'], ['GET', '/presigned/a']] as const;
  for (const [method, path] of calls) t.equal((await send(method, path, method === 'PUT' ? 'x' : '')).status, 503, `${method} ${path}`);
  t.same((await send('GET', '/artifacts/a')).json, {
    error_code: 'TEMPORARILY_UNAVAILABLE',
    message: 'Endpoint: /api/2.0/mlflow-artifacts/artifacts/* disabled due to the server running with `--no-serve-artifacts`. To enable artifacts server functionality, run it with `--serve-artifacts`',
  });
  t.ok(existsSync(join(folder, 'a')));
  t.notOk(existsSync(join(folder, 'b')));
});

test('every route is described for the API documents', async (t) => {
  const described: Record<string, unknown>[] = [];
  const { app } = await createArtifactApp(t, {}, (route) => void described.push({ ...route.schema, route: `${String(route.method)} ${route.url}` }));
  const ids = ['listProxiedArtifacts', 'describeArtifact', 'downloadArtifact', 'deleteArtifact', 'uploadArtifact', 'createMultipartUpload', 'completeMultipartUpload', 'abortMultipartUpload', 'getPresignedDownloadUrl'];
  t.same([...new Set(described.map((schema) => schema.operationId))].sort(), ids.sort());
  for (const schema of described) t.match(schema, { operationId: /^[a-zA-Z]+$/, tags: ['Artifacts'], summary: /\w/, description: /\w/, response: Object }, String(schema.route));
  t.ok(app.hasRoute({ method: 'PUT', url: '/api/2.0/mlflow-artifacts/artifacts/*' }));
});
