import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test, type Test } from 'tap';
import { createArtifacts } from '../../../src/plugins/artifact-store/index.js';
import { createLocalStore } from '../../../src/plugins/artifact-store/local-store.js';
import { bytesOf, invalid, missing, read } from './streams.js';

/** A store whose root stands beside a folder with a secret, and is full of ways there. */
function besideASecret(t: Test) {
  const folder = t.testdir({ root: { run: { 'a.txt': 'a' } }, outside: { secret: 'keep' } });
  const root = join(folder, 'root');
  symlinkSync(join(folder, 'outside'), join(root, 'evil'));
  symlinkSync(join(folder, 'outside/secret'), join(root, 'leak'));
  return { folder, root, store: createLocalStore(root) };
}

/** All that a client can see below a root, and whatever uploads left. */
const uploadsLeft = (root: string) => (existsSync(join(root, '.taller-uploads')) ? readdirSync(join(root, '.taller-uploads')) : []);

test('what is written is read back, listed with its size, and deleted', async (t) => {
  const store = createLocalStore(t.testdir());
  t.equal(await store.write('1/run/artifacts/a.txt', bytesOf('hello')), 5);
  t.equal(await store.write('1/run/artifacts/empty', Readable.from([])), 0);
  await store.write('1/run/artifacts/model/MLmodel', bytesOf('flavors: {}'));
  t.same(await store.list('1/run/artifacts'), [
    { path: 'a.txt', isDirectory: false, size: 5 },
    { path: 'empty', isDirectory: false, size: 0 },
    { path: 'model', isDirectory: true },
  ]);
  t.equal(await read(store, '1/run/artifacts/a.txt'), 'hello');
  t.equal(await read(store, '1/run/artifacts/empty'), '');
  await store.delete('1/run/artifacts/model');
  t.same((await store.list('1/run/artifacts')).map((entry) => entry.path), ['a.txt', 'empty']);
});

test('a folder never answers for another one whose name begins alike', async (t) => {
  const store = createLocalStore(t.testdir({ model: { a: '1' }, model2: { b: '2' } }));
  t.same((await store.list('model')).map((entry) => entry.path), ['a']);
  await store.delete('model');
  t.same((await store.list('')).map((entry) => entry.path), ['model2']);
  t.equal(await read(store, 'model2/b'), '2');
});

test('a missing folder, and a file, list as empty', async (t) => {
  const store = createLocalStore(t.testdir({ 'a.txt': 'a' }));
  t.same(await store.list('nothing'), []);
  t.same(await store.list('a.txt'), []);
  t.same(await store.list('a.txt/below'), []);
  t.same(await createLocalStore(join(t.testdirName, 'no-root')).list(''), []);
});

test('a range is the bytes from start to end, both with them', async (t) => {
  const store = createLocalStore(t.testdir({ 'a.txt': '0123456789' }));
  t.equal(await read(store, 'a.txt', { start: 2, end: 4 }), '234');
  t.equal(await read(store, 'a.txt', { start: 7 }), '789');
  const { stream, size } = await store.open('a.txt', { start: 0, end: 0 });
  stream.destroy();
  t.equal(size, 10);
});

test('a missing file and a folder are told apart', async (t) => {
  const store = createLocalStore(t.testdir({ folder: {}, 'a.txt': '' }));
  await t.rejects(store.open('nothing'), { ...missing, message: "No such artifact: 'nothing'" });
  await t.rejects(store.open('a.txt/b'), missing);
  await t.rejects(store.open('folder'), { ...invalid, message: "Artifact path refers to a directory, not a file: 'folder'" });
  t.equal(await store.stat('nothing'), undefined);
  t.equal(await store.stat('folder'), undefined);
});

test('a named pipe is no artifact: it is neither listed nor waited for', async (t) => {
  const root = t.testdir({ 'a.txt': '' });
  execFileSync('mkfifo', [join(root, 'pipe')]);
  const store = createLocalStore(root);
  t.same((await store.list('')).map((entry) => entry.path), ['a.txt']);
  await t.rejects(store.open('pipe'), missing);
});

test('an overwritten file gets another validator, even within the same moment and size', async (t) => {
  const store = createLocalStore(t.testdir());
  await store.write('a', bytesOf('1'));
  const first = await store.stat('a');
  await store.write('a', bytesOf('2'));
  const second = await store.stat('a');
  t.match(first?.etag, /^"[0-9a-f-]+"$/);
  t.not(first?.etag, second?.etag);
  t.equal((await store.stat('a'))?.etag, second?.etag);
  t.equal(await read(store, 'a'), '2');
});

test('a stream that breaks off leaves no file, no folder and no temporary file, and what was there stays', async (t) => {
  const root = t.testdir({ 'old.txt': 'old' });
  const store = createLocalStore(root);
  const broken = () =>
    Readable.from(
      (async function* () {
        yield Buffer.from('half');
        throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
      })(),
    );
  await t.rejects(store.write('new/deep/a.txt', broken()), { ...invalid, message: "The upload of 'new/deep/a.txt' broke off; nothing of it was stored." });
  await t.rejects(store.write('old.txt', broken()), invalid);
  t.same(await store.list(''), [{ path: 'old.txt', isDirectory: false, size: 3 }]);
  t.same(uploadsLeft(root), []);
  t.equal(await read(store, 'old.txt'), 'old');
});

test('an upload is invisible until it is whole', async (t) => {
  const root = t.testdir();
  const store = createLocalStore(root);
  const source = new Readable({ read() {} });
  const writing = store.write('a.txt', source);
  source.push('half');
  while (uploadsLeft(root).length === 0) await new Promise((resolve) => setImmediate(resolve));
  t.same(await store.list(''), []);
  source.push('whole');
  source.push(null);
  await writing;
  t.same((await store.list('')).map((entry) => entry.path), ['a.txt']);
  t.same(uploadsLeft(root), []);
});

test('a write onto a folder, below a file, onto the root or onto a folder name is refused before a byte is taken', async (t) => {
  const root = t.testdir({ folder: { a: '1' }, file: 'x' });
  const store = createLocalStore(root);
  await t.rejects(store.write('folder', bytesOf('x')), { ...invalid, message: "Artifact path refers to a directory, not a file: 'folder'" });
  await t.rejects(store.write('file/below', bytesOf('x')), { ...invalid, message: "Invalid path: 'file/below': a folder on the way is already a file." });
  await t.rejects(store.write('', bytesOf('x')), invalid);
  await t.rejects(store.write('new/', bytesOf('x')), invalid);
  t.same((await store.list('')).map((entry) => entry.path), ['file', 'folder']);
});

test('twenty writers of one file leave one whole version of it', async (t) => {
  const root = t.testdir();
  const store = createLocalStore(root);
  await Promise.all(Array.from({ length: 20 }, (_, writer) => store.write('same/file', bytesOf(String.fromCharCode(97 + writer).repeat(1000)))));
  t.match(await read(store, 'same/file'), /^([a-t])\1{999}$/);
  t.same(uploadsLeft(root), []);
});

test('writes go on while their folder is deleted again and again', async (t) => {
  const store = createLocalStore(t.testdir());
  const outcomes = await Promise.allSettled(Array.from({ length: 40 }, (_, turn) => (turn % 4 === 0 ? store.delete('busy') : store.write(`busy/deep/${turn}`, bytesOf('x')))));
  const faults = outcomes.filter((outcome) => outcome.status === 'rejected').map((outcome) => outcome.reason.statusCode);
  t.same(faults.filter((status) => status !== 404 && status !== 503), []);
});

test('to delete what is not there is no fault, to delete the root is one', async (t) => {
  const store = createLocalStore(t.testdir({ file: 'x' }));
  await store.delete('nothing');
  await store.delete('file/below');
  await t.rejects(store.delete(''), invalid);
  t.equal(await read(store, 'file'), 'x');
});

test('a link that leads out is refused on read, list, write and delete, and is not listed', async (t) => {
  const { folder, store } = besideASecret(t);
  for (const path of ['evil/secret', 'leak', '../outside/secret']) {
    await t.rejects(store.open(path), invalid, `open ${path}`);
    await t.rejects(store.stat(path), invalid, `stat ${path}`);
    await t.rejects(store.write(path, bytesOf('stolen')), invalid, `write ${path}`);
    await t.rejects(store.delete(path), invalid, `delete ${path}`);
  }
  await t.rejects(store.list('evil'), invalid);
  await t.rejects(store.write('evil/new', bytesOf('x')), invalid);
  t.same((await store.list('')).map((entry) => entry.path), ['run']);
  t.same(readdirSync(join(folder, 'outside')), ['secret']);
});

test('deleting a folder removes the links in it and leaves their targets alone', async (t) => {
  const { folder, root, store } = besideASecret(t);
  symlinkSync(join(folder, 'outside'), join(root, 'run/out'));
  symlinkSync(join(root, 'run/a.txt'), join(root, 'inner'));
  await store.delete('inner');
  t.equal(await read(store, 'run/a.txt'), 'a');
  await store.delete('run');
  t.notOk(existsSync(join(root, 'run')));
  t.ok(lstatSync(join(folder, 'outside/secret')).isFile());
});

test("the server's own folder is neither listed, read nor deleted by its path", async (t) => {
  const root = t.testdir({ '.taller-uploads': { upload: 'half' } });
  const store = createLocalStore(root);
  t.same(await store.list(''), []);
  await t.rejects(store.list('.taller-uploads'), invalid);
  await t.rejects(store.open('.taller-uploads/upload'), invalid);
  await t.rejects(store.delete('.taller-uploads'), invalid);
  t.ok(existsSync(join(root, '.taller-uploads/upload')));
});

test('a start removes what uploads of a killed process left a day ago, and nothing younger', async (t) => {
  const root = t.testdir({ '.taller-uploads': { old: 'x', young: 'x' } });
  const twoDaysAgo = Date.now() / 1000 - 2 * 24 * 3600;
  utimesSync(join(root, '.taller-uploads/old'), twoDaysAgo, twoDaysAgo);
  await createArtifacts({ artifactsDestination: root, serveArtifacts: true });
  t.same(uploadsLeft(root), ['young']);
});

test('a disk that fills up in the middle of an upload is a temporary fault, and nothing of the file is there', { skip: existsSync('/dev/full') ? false : 'needs /dev/full' }, async (t) => {
  const root = t.testdir();
  const store = createLocalStore(root);
  writeFileSync(join(root, 'x'), '');
  const full = Readable.from(
    (async function* () {
      yield Buffer.from('x');
      writeFileSync('/dev/full', 'x');
    })(),
  );
  await t.rejects(store.write('a', full), { code: 'TEMPORARILY_UNAVAILABLE', statusCode: 503, message: "The artifact store cannot serve 'a' now (ENOSPC)." });
  t.same((await store.list('')).map((entry) => entry.path), ['x']);
});
