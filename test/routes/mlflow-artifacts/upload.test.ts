import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'tap';
import { createArtifactApp, prefix, received } from './artifact-app.js';

const uploads = (folder: string): string[] => (existsSync(join(folder, '.taller-uploads')) ? readdirSync(join(folder, '.taller-uploads')) : []);

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition did not come true within 10 s');
    await delay(2);
  }
}

const answerTo = async (sent: ClientRequest) => received(((await once(sent, 'response')) as [IncomingMessage])[0]);

for (const type of ['application/json', 'application/octet-stream', 'multipart/form-data', 'text/plain; charset=latin-1', 'application/x-www-form-urlencoded', 'nonsense', ';', undefined]) {
  test(`a body of the content type ${type} is stored byte for byte`, async (t) => {
    const { send } = await createArtifactApp(t);
    const body = Buffer.from([0x7b, 0x00, 0xff, 0x0a, 0x0d]);
    t.equal((await send('PUT', '/artifacts/a', body, type === undefined ? {} : { 'content-type': type })).status, 200);
    t.same((await send('GET', '/artifacts/a')).bytes, body);
  });
}

test('an upload in chunks of unknown length, larger than any body limit, arrives whole', async (t) => {
  const { begin, send } = await createArtifactApp(t);
  const chunk = randomBytes(1024 * 1024);
  const sent = begin('PUT', '/artifacts/big.bin', { headers: { 'transfer-encoding': 'chunked' } });
  const answer = answerTo(sent);
  await pipeline(Readable.from(Array(20).fill(chunk)), sent);
  t.equal((await answer).status, 200);
  const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  t.equal(digest((await send('GET', '/artifacts/big.bin')).bytes), digest(Buffer.concat(Array(20).fill(chunk))));
});

test('a client that breaks off leaves neither a file nor a folder, and what was there stays', async (t) => {
  const { begin, send, folder } = await createArtifactApp(t, { artifactsDestination: t.testdir({ old: 'old' }) });
  for (const path of ['/artifacts/new/deep/a.bin', '/artifacts/old']) {
    for (const headers of [{ 'content-length': '1000000' }, { 'transfer-encoding': 'chunked' }] as Record<string, string>[]) {
      const sent = begin('PUT', path, { headers });
      sent.on('error', () => undefined);
      sent.write('half');
      await until(() => uploads(folder).length === 1);
      sent.destroy();
      await until(() => uploads(folder).length === 0);
    }
  }
  t.same((await send('GET', '/artifacts')).json, { files: [{ path: 'old', is_dir: false, file_size: 3 }] });
  t.equal((await send('GET', '/artifacts/old')).text, 'old');
});

test('a body shorter than its Content-Length is no file, even when the client closes politely', async (t) => {
  const { send, folder, port } = await createArtifactApp(t);
  const socket = connect(port, '127.0.0.1');
  socket.write(`PUT ${prefix}/artifacts/short HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345`);
  await until(() => uploads(folder).length === 1);
  socket.end();
  socket.resume();
  await once(socket, 'close');
  await until(() => uploads(folder).length === 0);
  t.equal((await send('GET', '/artifacts/short')).status, 404);
});

test('what follows a body of the announced length is never part of the file', async (t) => {
  const { send, folder, port } = await createArtifactApp(t);
  const socket = connect(port, '127.0.0.1');
  socket.write(`PUT ${prefix}/artifacts/long HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345`);
  await until(() => existsSync(join(folder, 'long')));
  socket.end('67890');
  socket.resume();
  await once(socket, 'close');
  t.equal((await send('GET', '/artifacts/long')).text, '12345');
});

test('a refused upload is answered although its body is large and unread', async (t) => {
  const { port } = await createArtifactApp(t, { artifactsDestination: t.testdir({ folder: {} }) });
  const answer = await fetch(`http://127.0.0.1:${port}${prefix}/artifacts/folder`, { method: 'PUT', body: Buffer.alloc(16 * 1024 * 1024) });
  t.equal(answer.status, 400);
  t.same(await answer.json(), { error_code: 'INVALID_PARAMETER_VALUE', message: "Artifact path refers to a directory, not a file: 'folder'" });
});

test('a name cut at an unencoded question mark is refused, not stored under the shorter name', async (t) => {
  const { send } = await createArtifactApp(t);
  const answer = await send('PUT', '/artifacts/1/x?y.txt', 'x');
  t.equal(answer.status, 400);
  t.equal(answer.json.error_code, 'INVALID_PARAMETER_VALUE');
  t.match(answer.json.message, /encode it as %3F/);
  t.same((await send('GET', '/artifacts')).json, {});
});

test('an upload to the root, to a folder name or below a file is refused', async (t) => {
  const { send } = await createArtifactApp(t, { artifactsDestination: t.testdir({ file: 'x' }) });
  for (const path of ['', 'new/', 'file/below']) {
    const answer = await send('PUT', `/artifacts/${path}`, 'x');
    t.equal(answer.status, 400, path);
    t.equal(answer.json.error_code, 'INVALID_PARAMETER_VALUE');
  }
  t.same((await send('GET', '/artifacts')).json, { files: [{ path: 'file', is_dir: false, file_size: 1 }] });
});
