import { InferenceSession, Tensor } from 'onnxruntime-node';
import { test } from 'tap';
import { UnsupportedModelError } from '../../src/ml/errors.js';
import { convertSklearn } from '../../src/ml/sklearn/index.js';
import * as py from './assemble.js';

const leaf = { left: -1, right: -1 };
const zeros = (count: number) => py.values(new Float64Array(count));
const convert = (value: py.Code) => convertSklearn(py.file(value), 'pickle');

/* Milliseconds on any machine; the bound only tells them from a hang or a flood. */
function refusal(value: py.Code): string {
  const started = performance.now();
  try {
    convert(value);
  } catch (error) {
    if (!(error instanceof UnsupportedModelError)) throw error;
    if (performance.now() - started > 2000) throw new Error('the refusal took too long', { cause: error });
    return error.message;
  }
  throw new Error('the file was accepted');
}

/** A chain of splits: every right child is a leaf, every left child the next split. */
function chain(depth: number): py.NodeRow[] {
  return Array.from({ length: 2 * depth + 1 }, (_, i) => (i % 2 === 0 && i < 2 * depth ? { left: i + 2, right: i + 1, threshold: -i } : leaf));
}

test('an assembled tree is read like one of scikit-learn', async (t) => {
  const model = convert(py.regressor(py.nodes([{ left: 1, right: 2, threshold: 0.5 }, leaf, leaf]), py.values(Float64Array.of(0, 10, 20))));
  const session = await InferenceSession.create(model.onnx, { intraOpNumThreads: 1 });
  const outputs = await session.run({ [model.input.name]: new Tensor('float64', Float64Array.of(0.5, 0.6), [2, 1]) });
  t.same([...(outputs.value!.data as Float64Array)], [10, 20]);
});

test('nodes that share their children are refused, not unfolded', async (t) => {
  const rows = Array.from({ length: 61 }, (_, i) => (i < 60 ? { left: i + 1, right: i + 1 } : leaf));
  t.match(refusal(py.regressor(py.nodes(rows), zeros(61))), /two parents/);
});

test('children that are no whole numbers, lie before their parent or do not exist are refused', async (t) => {
  for (const [left, right] of [[1.5, 2], [1, 2.5], [NaN, 2], [Infinity, 2]] as const) t.match(refusal(py.regressor(py.nodes([{ left, right }, leaf, leaf], 'f8'), zeros(3))), /impossible child/);
  for (const [left, right] of [[0, 1], [1, 0], [1, 3], [1, -1]] as const) t.match(refusal(py.regressor(py.nodes([{ left, right }, leaf, leaf]), zeros(3))), /impossible child/);
  t.match(refusal(py.regressor(py.nodes([{ left: 1, right: 2, feature: 1 }, leaf, leaf]), zeros(3))), /feature that is not there/);
});

test('a tree too deep for the runtime is refused, and the deepest that is accepted runs', async (t) => {
  for (const depth of [2001, 100_000]) t.match(refusal(py.regressor(py.nodes(chain(depth)), zeros(2 * depth + 1))), /deeper than 2000/);
  const values = Float64Array.from({ length: 4001 }, (_, i) => i);
  const model = convert(py.regressor(py.nodes(chain(2000)), py.values(values)));
  const session = await InferenceSession.create(model.onnx, { intraOpNumThreads: 1 });
  const outputs = await session.run({ [model.input.name]: new Tensor('float64', Float64Array.of(1, -1e9), [2, 1]) });
  t.same([...(outputs.value!.data as Float64Array)], [1, 4000]);
});

test('many trees that share a few bytes of the file are refused', async (t) => {
  const member = py.regressor(py.nodes([leaf]), zeros(1));
  t.match(refusal(py.forest(py.keep(member, 0), py.repeat(py.again(0), 100_000))), /share/);
  const shared = py.keep(zeros(1), 0);
  t.match(refusal(py.forest(py.regressor(py.nodes([leaf]), shared), py.regressor(py.nodes([leaf]), py.again(0)))), /share/);
});

test('feature names and numbers that are nested lists are refused without being spelled out', async (t) => {
  let nested = py.list(py.text('x'));
  for (let i = 0; i < 60; i++) nested = py.list(py.keep(nested, i), py.again(i));
  const names = py.array(py.dtype('O'), py.tuple(py.number(1)), py.list(nested));
  t.match(refusal(py.regressor(py.nodes([leaf]), zeros(1), { feature_names_in_: names })), /feature_names_in_/);
  const objects = py.array(py.dtype('O'), py.tuple(py.number(1), py.number(1), py.number(1)), py.list(nested));
  t.match(refusal(py.regressor(py.nodes([leaf]), objects)), /objects where numbers belong/);
  t.match(refusal(py.regressor(py.nodes([leaf]), zeros(1), { feature_names_in_: py.array(py.dtype('O'), py.tuple(py.number(2)), py.list(py.text('a'), py.text('b'))) })), /not 1 texts/);
});

test('an array keeps the type that it was made with when that type changes later', async (t) => {
  const type = py.keep(py.dtype('f8'), 0);
  const changed = py.build(py.again(0), py.tuple(py.number(3), py.text('|'), py.none, py.tuple(py.text('a')), py.dict({ a: py.tuple(py.dtype('f8'), py.number(3)) }), py.number(5), py.number(1), py.number(16)));
  const leaves = py.array(type, py.tuple(py.number(1), py.number(1), py.number(1)), py.block(new Uint8Array(8)));
  t.doesNotThrow(() => convert(py.regressor(py.nodes([leaf]), leaves, { other: changed })));
});

test('an array of very many axes is refused', async (t) => {
  const axes = py.tuple(py.repeat(py.number(1), 100_000));
  t.match(refusal(py.regressor(py.nodes([leaf]), py.array(py.dtype('f8'), axes, py.block(new Uint8Array(8))))), /axes/);
});

const flood = (kept: py.Code, each: py.Code, times: number) => py.list(py.keep(kept, 0), py.repeat(each, times));

test('values that are kept once and copied over and over are refused', async (t) => {
  const members = py.list(py.repeat(py.number(7), 100_000));
  t.match(refusal(flood(members, py.call(py.reference('builtins', 'set'), py.again(0)), 50_000)), /more and more/);
  const long = py.text('x'.repeat(1_000_000));
  t.match(refusal(flood(long, py.call(py.reference('_codecs', 'encode'), py.again(0), py.text('latin1')), 50_000)), /more and more/);
});

test('floods of containers, texts, blocks and keys are refused within the memory of a small process', async (t) => {
  const before = process.memoryUsage().rss;
  for (const each of ['}', ']', ')', '\x8f', 'C\0', '\x8c\x02ab']) {
    const group = py.raw('(', each.repeat(400_000), 'e');
    t.match(refusal(py.raw(']', group, group, group)), /more than 1000000 objects/);
  }
  const keys = Buffer.alloc(6 * 400_000);
  const dictionary = [0, 1, 2].map((part) => {
    for (let i = 0; i < 400_000; i++) keys.set(py.raw(py.number(part * 400_000 + i), 'N'), 6 * i);
    return py.raw('(', keys, 'u');
  });
  t.match(refusal(py.raw('}', ...dictionary)), /more than 1000000 objects/);
  t.ok(process.memoryUsage().rss - before < 1_500_000_000);
});

test('a class name of endless length is refused', async (t) => {
  t.match(refusal(py.reference('numpy.random.mtrand', 'a'.repeat(1_000_000))), /not among the classes/);
});
