import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { resolveInside, splitArtifactPath } from '../../../src/plugins/artifact-store/safe-path.js';
import { invalid } from './streams.js';

const refused: Record<string, string> = {
  'a parent folder': '../x',
  'a parent folder within': 'a/../../x',
  'a parent folder at the end': 'a/..',
  'an encoded parent folder': '%2e%2e%2fx',
  'a half encoded parent folder': '.%2e/x',
  'a doubly encoded parent folder': '%252e%252e%252fx',
  'a trebly encoded parent folder': '%25252e%25252e%25252fx',
  'an endlessly encoded name': `%${'25'.repeat(12)}41`,
  'an absolute path': '/etc/passwd',
  'an encoded absolute path': '%2fetc/passwd',
  'a network path': '//host/share',
  'a NUL': 'a\0b',
  'an encoded NUL': 'a%00b',
  'backslashes': 'a\\..\\x',
  'an encoded backslash': 'a%5c..%5cx',
  'a drive letter': 'C:/x',
  'a drive alone': 'c:',
  'a drive with backslashes': 'C:\\x',
  'a file URI': 'file:///etc/passwd',
  'a dot': 'a/./b',
  'an empty part': 'a//b',
  'two slashes at the end': 'a//',
  'a slash alone': '/',
  'a number sign': 'x#y.txt',
  'an encoded number sign': 'x%23y.txt',
  'half a surrogate pair': 'a\ud800b',
  'a name of 256 bytes': 'n'.repeat(256),
  'a name of 86 three-byte characters': '模'.repeat(86),
  'a path beyond what the file system takes': Array(40).fill('n'.repeat(100)).join('/'),
  "the server's own folder": '.taller-uploads/x',
};

for (const [kind, path] of Object.entries(refused)) {
  test(`a path is refused for ${kind}`, async (t) => {
    t.throws(() => splitArtifactPath(path), { ...invalid, message: /^Invalid path: / });
  });
}

const accepted = ['a b:c+d&e.txt', 'x?y.txt', '😀/模型/é', '100%.txt', '50%20off.txt', 'n'.repeat(255), '模'.repeat(85), 'a..b', '...', '..a', '~', "we'ird\"q", 'a\nb', 'a;b', 'sub/.taller-x'];

for (const path of accepted) {
  test(`a path is taken as it is: ${JSON.stringify(path.slice(0, 20))}`, async (t) => {
    t.equal(splitArtifactPath(path).join('/'), path);
  });
}

test('one slash at the end of a path says nothing, and the empty path is the root', async (t) => {
  t.same(splitArtifactPath('a/b/'), ['a', 'b']);
  t.same(splitArtifactPath(''), []);
});

test('a refusal names the path, and cuts a very long one', async (t) => {
  t.throws(() => splitArtifactPath('a/../b'), { message: 'Invalid path: "a/../b": no part between slashes may be empty, "." or "..".' });
  t.throws(() => splitArtifactPath('n'.repeat(4000)), { message: `Invalid path: "${'n'.repeat(200)}...": a name may have at most 255 bytes, got 4000.` });
});

test('a link resolves to its target while that stays under the root', async (t) => {
  const folder = realpathSync(t.testdir({ root: { real: { 'a.txt': '' } }, outside: {} }));
  const root = join(folder, 'root');
  symlinkSync(join(root, 'real'), join(root, 'inner'));
  t.equal(await resolveInside(root, ['inner', 'a.txt']), join(root, 'real/a.txt'));
  t.equal(await resolveInside(root, ['inner', 'new', 'b.txt']), join(root, 'real/new/b.txt'));
});

test('a link that leads out, dangles or turns in a circle is refused wherever it stands', async (t) => {
  const folder = t.testdir({ root: { sub: {} }, outside: { secret: 'x' }, 'root-beside': {} });
  const root = join(folder, 'root');
  symlinkSync(join(folder, 'outside'), join(root, 'evil'));
  symlinkSync('../../outside', join(root, 'sub/relative'));
  symlinkSync(join(folder, 'root-beside'), join(root, 'beside'));
  symlinkSync(join(folder, 'nowhere'), join(root, 'dangling'));
  symlinkSync(join(root, 'circle'), join(root, 'circle'));
  mkdirSync(join(folder, 'outside/deep'));
  for (const path of ['evil', 'evil/secret', 'evil/deep/new', 'sub/relative/secret', 'beside', 'dangling', 'dangling/x', 'circle']) {
    await t.rejects(resolveInside(root, path.split('/')), { ...invalid, message: `Invalid path: "${path}": it leads out of the artifact folder.` }, path);
  }
});

test('a root that is itself reached through a link is no way out', async (t) => {
  const folder = realpathSync(t.testdir({ real: {} }));
  symlinkSync(join(folder, 'real'), join(folder, 'link'));
  writeFileSync(join(folder, 'real/a.txt'), '');
  t.equal(await resolveInside(join(folder, 'link'), ['a.txt']), join(folder, 'real/a.txt'));
});
