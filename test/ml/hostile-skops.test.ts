import { readFileSync } from 'node:fs';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { test } from 'tap';
import { UnsupportedModelError } from '../../src/ml/errors.js';
import { countJsonValues } from '../../src/ml/readers/json-size.js';
import { convertSklearn } from '../../src/ml/sklearn/index.js';

const model = readFileSync(new URL('../fixtures/models/iris_auroc/model.skops', import.meta.url));
const convert = (bytes: Uint8Array) => convertSklearn(bytes, 'skops');
const ofSchema = (schema: unknown, files: Record<string, Uint8Array> = {}) => zipSync({ 'schema.json': strToU8(typeof schema === 'string' ? schema : JSON.stringify(schema)), ...files }, { level: 6 });

test('a skops file that unpacks to many times its size is refused before it does', async (t) => {
  const before = process.memoryUsage().arrayBuffers;
  const bomb = ofSchema('{}', { '1.npy': new Uint8Array(100_000_000) });
  t.ok(bomb.length < 200_000);
  t.throws(() => convert(bomb), { name: 'UnsupportedModelError', message: /unpacks to more than/ });
  t.ok(process.memoryUsage().arrayBuffers - before < 250_000_000);
});

test('a schema of millions of values is refused before it is parsed', async (t) => {
  t.throws(() => convert(zipSync({ 'schema.json': strToU8(`[${'[],'.repeat(5_000_000)}[]]`) }, { level: 0 })), { name: 'UnsupportedModelError', message: /more than 5000000 values/ });
});

test('the values of a schema are counted outside of texts', async (t) => {
  t.equal(countJsonValues(strToU8('[1, {"a": [2, 3]}]')), 6);
  t.equal(countJsonValues(strToU8('["a,b", "[{\\",\\\\"]')), 3);
  t.equal(countJsonValues(strToU8('"open')), 1);
});

test('a schema that nests without end is refused', async (t) => {
  const nested = '{"__class__":"list","__module__":"builtins","__loader__":"ListNode","content":[';
  t.throws(() => convert(ofSchema(`${nested.repeat(100_000)}${']}'.repeat(100_000)}`)), { name: 'UnsupportedModelError', message: /nests deeper/ });
});

test('value nodes that are no JSON or hold structures are refused', async (t) => {
  const estimator = (content: unknown) => ({ __class__: 'DecisionTreeClassifier', __module__: 'sklearn.tree._classes', __loader__: 'ObjectNode', content: { __loader__: 'DictNode', content: { n_features_in_: { __loader__: 'JsonNode', content } } } });
  for (const content of ['{bad', '[1]', ' [1]', '{"a":1}', 'bad', '', 'constructor', 7, null]) t.throws(() => convert(ofSchema(estimator(content))), UnsupportedModelError, String(content));
});

test('classes and loaders that are not known are refused by name', async (t) => {
  for (const loader of ['MethodNode', 'PartialNode', 'OperatorFuncNode', 'FunctionNode', 'ConstructorFromReduceNode', 'ReduceNode']) {
    t.throws(() => convert(ofSchema({ __class__: 'system', __module__: 'posix', __loader__: loader, content: {} })), { name: 'UnsupportedModelError', message: /posix\.system/ }, loader);
  }
  t.throws(() => convert(ofSchema({ __class__: 'SVC', __module__: 'sklearn.svm._classes', __loader__: 'ObjectNode', content: {} })), { name: 'UnsupportedModelError', message: /sklearn\.svm\._classes\.SVC/ });
});

test('a skops file with changed or missing bytes is converted or refused, and never breaks the reader', async (t) => {
  let seed = 20_251_126;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const files = unzipSync(model);
  const attempt = (bytes: Uint8Array) => {
    try {
      convert(bytes);
      return 0;
    } catch (error) {
      if (!(error instanceof UnsupportedModelError)) throw error;
      return 1;
    }
  };
  let rejected = 0;
  for (let round = 0; round < 30; round++) {
    rejected += attempt(model.subarray(0, random(model.length)));
    const schema = Uint8Array.from(files['schema.json']!);
    for (let change = 0; change < 5; change++) schema[random(schema.length)] = 0x20 + random(95);
    rejected += attempt(zipSync({ ...files, 'schema.json': schema }, { level: 0 }));
    const [name, array] = Object.entries(files).filter(([file]) => file.endsWith('.npy'))[random(60)]!;
    const changed = Uint8Array.from(array);
    for (let change = 0; change < 5; change++) changed[random(changed.length)] = random(256);
    rejected += attempt(zipSync({ ...files, [name]: changed }, { level: 0 }));
  }
  t.ok(rejected > 30);
});
