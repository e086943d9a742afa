import { once } from 'node:events';
import { utimesSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import { attachment, contentTypeOf } from '../../../src/routes/mlflow-artifacts/content-headers.js';
import { createArtifactApp } from './artifact-app.js';

const digits = (t: Test) => ({ artifactsDestination: t.testdir({ 'a.txt': '0123456789', empty: '' }) });

test('a download carries type, name, size, time and validator', async (t) => {
  const options = digits(t);
  utimesSync(join(options.artifactsDestination, 'a.txt'), 1_700_000_000, 1_700_000_000);
  const { send } = await createArtifactApp(t, options);
  const { headers } = await send('GET', '/artifacts/a.txt');
  t.match(headers, {
    'content-type': 'text/plain; charset=utf-8',
    'content-disposition': 'attachment; filename="a.txt"',
    'content-length': '10',
    'last-modified': 'Tue, 14 Nov 2023 22:13:20 GMT',
    etag: /^"[0-9a-f-]+"$/,
    'accept-ranges': 'bytes',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  });
  t.equal((await send('GET', '/artifacts/a.txt')).headers.etag, headers.etag);
});

test('HEAD answers the headers of GET without the bytes', async (t) => {
  const { send } = await createArtifactApp(t, digits(t));
  for (const path of ['/artifacts/a.txt', '/artifacts/empty']) {
    const [get, head] = [await send('GET', path), await send('HEAD', path)];
    t.equal(head.status, 200);
    t.equal(head.text, '');
    t.same({ ...head.headers, date: '' }, { ...get.headers, date: '' });
  }
});

const ranges = [
  ['bytes=2-4', '234', 'bytes 2-4/10'],
  ['bytes=0-0', '0', 'bytes 0-0/10'],
  ['bytes=7-', '789', 'bytes 7-9/10'],
  ['bytes=7-1000', '789', 'bytes 7-9/10'],
  ['bytes=-3', '789', 'bytes 7-9/10'],
  ['bytes=-1000', '0123456789', 'bytes 0-9/10'],
] as const;

for (const [range, text, contentRange] of ranges) {
  test(`the range ${range} answers a part`, async (t) => {
    const { send } = await createArtifactApp(t, digits(t));
    const answer = await send('GET', '/artifacts/a.txt', '', { range });
    t.equal(answer.status, 206);
    t.equal(answer.text, text);
    t.match(answer.headers, { 'content-range': contentRange, 'content-length': String(text.length) });
  });
}

for (const range of ['bytes=10-', 'bytes=99-100', 'bytes=-0']) {
  test(`the range ${range} outside of the file is 416`, async (t) => {
    const { send } = await createArtifactApp(t, digits(t));
    const answer = await send('GET', '/artifacts/a.txt', '', { range });
    t.equal(answer.status, 416);
    t.equal(answer.headers['content-range'], 'bytes */10');
    t.same(answer.json, { error_code: 'BAD_REQUEST', message: `The range "${range}" lies outside of the file, which has 10 bytes.` });
    t.equal((await send('GET', '/artifacts/empty', '', { range: 'bytes=0-' })).status, 416);
  });
}

for (const range of ['bytes=4-2', 'bytes=-', 'bytes=a-b', 'lines=1-2', 'bytes=0-1,3-4', 'bytes=0-99999999999999999999']) {
  test(`the range ${range} is not understood, so the whole file comes`, async (t) => {
    const { send } = await createArtifactApp(t, digits(t));
    const answer = await send('GET', '/artifacts/a.txt', '', { range });
    t.equal(answer.status, 200);
    t.equal(answer.text, '0123456789');
  });
}

test('a client that knows the version gets 304, until the file is written anew', async (t) => {
  const { send } = await createArtifactApp(t, digits(t));
  const { headers } = await send('GET', '/artifacts/a.txt');
  const known = { 'if-none-match': `"other", W/${headers.etag}` };
  const fresh = await send('GET', '/artifacts/a.txt', '', known);
  t.equal(fresh.status, 304);
  t.equal(fresh.text, '');
  t.equal(fresh.headers.etag, headers.etag);
  t.equal((await send('HEAD', '/artifacts/a.txt', '', known)).status, 304);
  t.equal((await send('GET', '/artifacts/a.txt', '', { 'if-none-match': '*' })).status, 304);
  t.equal((await send('GET', '/artifacts/a.txt', '', { 'if-modified-since': headers['last-modified'] ?? '' })).status, 304);
  t.equal((await send('GET', '/artifacts/a.txt', '', { 'if-modified-since': 'Tue, 14 Nov 2023 22:13:20 GMT' })).status, 200);
  t.equal((await send('GET', '/artifacts/a.txt', '', { 'if-modified-since': 'yesterday' })).status, 200);
  await send('PUT', '/artifacts/a.txt', 'abcdefghij');
  t.equal((await send('GET', '/artifacts/a.txt', '', known)).text, 'abcdefghij');
});

test('a part is only given of the version that the client began with', async (t) => {
  const { send } = await createArtifactApp(t, digits(t));
  const { headers } = await send('GET', '/artifacts/a.txt');
  const range = { range: 'bytes=0-1' };
  const { etag = '', 'last-modified': time = '' } = headers;
  t.equal((await send('GET', '/artifacts/a.txt', '', { ...range, 'if-range': etag })).status, 206);
  t.equal((await send('GET', '/artifacts/a.txt', '', { ...range, 'if-range': time })).status, 206);
  t.equal((await send('GET', '/artifacts/a.txt', '', { ...range, 'if-range': `W/${etag}` })).status, 200);
  t.equal((await send('GET', '/artifacts/a.txt', '', { ...range, 'if-range': '"other"' })).status, 200);
});

test('a client that leaves in the middle of a download closes the file', async (t) => {
  const { app, begin, send } = await createArtifactApp(t);
  await send('PUT', '/artifacts/big', Buffer.alloc(32 * 1024 * 1024));
  const opened: Promise<unknown>[] = [];
  const { open } = app.artifacts.proxied;
  app.artifacts.proxied.open = async (...args) => {
    const content = await open(...args);
    opened.push(once(content.stream, 'close'));
    return content;
  };
  const sent = begin('GET', '/artifacts/big');
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.once('data', () => sent.destroy());
  response.on('error', () => undefined);
  await new Promise((resolve) => response.once('close', resolve));
  t.equal(opened.length, 1);
  await Promise.all(opened);
});

test('a download goes on with the old bytes when the file is replaced meanwhile', async (t) => {
  const { begin, send } = await createArtifactApp(t);
  const size = 16 * 1024 * 1024;
  await send('PUT', '/artifacts/big', Buffer.alloc(size, 'a'));
  const sent = begin('GET', '/artifacts/big');
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  await send('PUT', '/artifacts/big', 'b');
  let read = 0;
  for await (const chunk of response) {
    if (!(chunk as Buffer).every((byte) => byte === 97)) t.fail('bytes of another version');
    read += (chunk as Buffer).length;
  }
  t.equal(read, size);
  t.equal((await send('GET', '/artifacts/big')).text, 'b');
});

const types = {
  'plot.png': 'image/png', 'PLOT.PNG': 'image/png', 'a.json': 'application/json', 'a.csv': 'text/csv; charset=utf-8', 'a.html': 'text/html; charset=utf-8', 'a.svg': 'image/svg+xml',
  'model.onnx': 'application/octet-stream', 'model.pkl': 'application/octet-stream', MLmodel: 'text/plain; charset=utf-8', 'conda.yaml': 'text/yaml; charset=utf-8', 'train.py': 'text/plain; charset=utf-8',
  'a.ts': 'text/plain; charset=utf-8', 'a.log': 'text/plain; charset=utf-8', 'a.parquet': 'application/vnd.apache.parquet', png: 'application/octet-stream', '模型.csv': 'text/csv; charset=utf-8', 'a.tar.gz': 'application/gzip',
};

for (const [name, type] of Object.entries(types)) {
  test(`${name} is served as ${type}`, async (t) => {
    t.equal(contentTypeOf(name), type);
  });
}

const dispositions = {
  'a.txt': 'attachment; filename="a.txt"',
  'a b.txt': 'attachment; filename="a b.txt"',
  'Tribeč_é_模型.html': "attachment; filename=\"Tribec_e_.html\"; filename*=UTF-8''Tribe%C4%8D_%C3%A9_%E6%A8%A1%E5%9E%8B.html",
  模型: "attachment; filename=\"download\"; filename*=UTF-8''%E6%A8%A1%E5%9E%8B",
  '😀.png': "attachment; filename=\".png\"; filename*=UTF-8''%F0%9F%98%80.png",
  'a"b.txt': 'attachment; filename="a\\"b.txt"',
  'a\r\nSet-Cookie: x': "attachment; filename=\"aSet-Cookie: x\"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x",
  '50%20off': "attachment; filename=\"50%20off\"; filename*=UTF-8''50%2520off",
  "é'(1)*": "attachment; filename=\"e'(1)*\"; filename*=UTF-8''%C3%A9%27%281%29%2A",
};

for (const [name, header] of Object.entries(dispositions)) {
  test(`the name ${JSON.stringify(name)} is safe in the header`, async (t) => {
    t.equal(attachment(name), header);
  });
}
