import { readFileSync } from 'node:fs';
import { test } from 'tap';
import { UnsupportedModelError } from '../../src/ml/errors.js';
import { readPickle } from '../../src/ml/readers/pickle.js';
import { convertSklearn } from '../../src/ml/sklearn/index.js';

const bytes = (...parts: (string | number[] | Uint8Array)[]) => Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))));
const shortText = (text: string) => bytes([0x8c, text.length], text);
const uint64 = (value: bigint) => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(value);
  return buffer;
};
const forest = readFileSync(new URL('../fixtures/sklearn/forest-string-labels.pkl', import.meta.url));

/* A refusal must be quick on any machine; the bound only tells milliseconds from a hang or a flood. */
const SOON_MS = 2000;

function refused(file: Uint8Array): UnsupportedModelError {
  const started = performance.now();
  try {
    readPickle(file);
  } catch (error) {
    if (!(error instanceof UnsupportedModelError)) throw error;
    if (performance.now() - started > SOON_MS) throw new Error('the refusal took too long', { cause: error });
    return error;
  }
  throw new Error('the file was accepted');
}

const calls: [string, string][] = [['os', 'system'], ['posix', 'system'], ['nt', 'system'], ['subprocess', 'Popen'], ['builtins', 'eval'], ['builtins', 'exec'], ['builtins', '__import__'], ['builtins', 'getattr'], ['importlib', 'import_module'], ['numpy.testing._private.utils', 'runstring'], ['cloudpickle.cloudpickle', '_make_function'], ['joblib.numpy_pickle', 'NumpyArrayWrapper'], ['sklearn.svm._classes', 'SVC']];

for (const [module, name] of calls) {
  test(`a call of ${module}.${name} is refused by its name, in every spelling`, async (t) => {
    const args = bytes(shortText('touch /tmp/taller-was-here'), [0x85]);
    t.equal(refused(bytes([0x80, 4], shortText(module), shortText(name), [0x93], args, 'R.')).what, `${module}.${name}`);
    t.equal(refused(bytes([0x80, 2], `c${module}\n${name}\n`, args, 'R.')).what, `${module}.${name}`);
    t.equal(refused(bytes(`(S'touch'\ni${module}\n${name}\n.`)).what, `${module}.${name}`);
    t.equal(refused(bytes(`(c${module}\n${name}\nS'touch'\no.`)).what, `${module}.${name}`);
  });
}

test('a class whose name is a dotted path below a known one is refused', async (t) => {
  t.equal(refused(bytes([0x80, 4], shortText('numpy'), shortText('ndarray.tofile'), [0x93], '.')).what, 'numpy.ndarray.tofile');
  t.equal(refused(bytes([0x80, 4], shortText('sklearn.ensemble._forest'), shortText('RandomForestClassifier.fit'), [0x93], '.')).what, 'sklearn.ensemble._forest.RandomForestClassifier.fit');
  t.equal(refused(bytes([0x80, 4], shortText('constructor'), shortText('constructor'), [0x93], '.')).what, 'constructor.constructor');
});

test('100,000 levels of nesting are refused, however they are made', async (t) => {
  const levels = 100_000;
  t.match(refused(bytes([0x80, 4], ']'.repeat(levels), 'a'.repeat(levels - 1), '.')).message, /nests deeper/);
  t.match(refused(bytes([0x80, 4], ']', new Uint8Array(levels).fill(0x85), '.')).message, /nests deeper/);
  t.match(refused(bytes([0x80, 4], '('.repeat(levels), 't'.repeat(levels), '.')).message, /nests deeper/);
  t.match(refused(bytes([0x80, 4], `}${'K\x01'}`.repeat(levels), 's'.repeat(levels), '.')).message, /nests deeper|no dictionary/);
});

test('an array that claims 10 GB is refused before anything is allocated', async (t) => {
  const before = process.memoryUsage().arrayBuffers;
  t.match(refused(bytes([0x80, 4, 0x8e], uint64(10_000_000_000n), 'abc.')).message, /claims a block/);
  t.match(refused(bytes([0x80, 4, 0x96], uint64(2n ** 63n), 'abc.')).message, /claims a block/);
  t.match(refused(bytes([0x80, 4], 'X', [0xff, 0xff, 0xff, 0xff], 'abc.')).message, /text of/);
  const type = bytes('cnumpy\ndtype\n', shortText('f8'), [0x85], 'R');
  const shape = bytes('J', [0, 0xca, 0x9a, 0x3b], [0x85]);
  const state = bytes('(K\x01', shape, type, [0x89], 'C\x08abcdefgh', 't');
  t.match(refused(bytes([0x80, 4], 'cnumpy.core.multiarray\n_reconstruct\n', 'cnumpy\nndarray\n', 'K\0', [0x85], 'C\x01b', [0x87], 'R', state, 'b.')).message, /array of shape \[1000000000\]/);
  t.ok(process.memoryUsage().arrayBuffers - before < 100_000_000);
});

test('a file that grows what it says over and over is refused', async (t) => {
  t.throws(() => readPickle(bytes([0x80, 4], ']', '2'.repeat(2_000_000), '.')), UnsupportedModelError);
  t.throws(() => readPickle(bytes([0x80, 4], ']'.repeat(2_000_000), '.')), UnsupportedModelError);
});

test('references to values that are not there, and groups that were not opened, are refused', async (t) => {
  for (const body of ['h\x07.', 'j\x07\0\0\0.', 'g7\n.', 'g-1\n.', 't.', '0.', 'R.', 'b.', 'a.', 'u.', 's.', '2.', '.', 'o.', '\x93.', '\x81.', '\x92.']) t.ok(refused(bytes([0x80, 4], body)));
});

test('opcodes that load from outside are refused by name', async (t) => {
  for (const [opcode, shown] of [['Pname\n', "'P'"], ['Q', "'Q'"], ['\x82\x01', '0x82'], ['\x97', '0x97'], ['\x98', '0x98'], ['\xff', '0xff']] as const) t.match(refused(bytes([0x80, 4], 'N', opcode, '.')).message, shown);
});

test('a value that contains itself is read as data and no model', async (t) => {
  t.throws(() => convertSklearn(bytes([0x80, 4], ']', [0x94], 'h\0', 'a.'), 'pickle'), UnsupportedModelError);
});

test('a model cut off at any byte is refused', async (t) => {
  for (let length = 0; length < forest.length; length += length < 600 ? 1 : 37) t.throws(() => convertSklearn(forest.subarray(0, length), 'pickle'), UnsupportedModelError);
});

test('a model with changed bytes is converted or refused, and never breaks the reader', async (t) => {
  let seed = 20_251_125;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed % below;
  };
  let rejected = 0;
  for (let round = 0; round < 1500; round++) {
    const file = Buffer.from(forest);
    for (let change = 0; change <= random(4); change++) file[random(file.length)] = random(256);
    try {
      convertSklearn(file, 'pickle');
    } catch (error) {
      if (!(error instanceof UnsupportedModelError)) throw error;
      rejected++;
    }
  }
  t.ok(rejected > 0);
});
