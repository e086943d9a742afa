import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { readOnnxFile } from '../../../src/plugins/model-server/onnx-file.js';
import { ATTRIBUTE, GRAPH, MODEL, NODE, TENSOR, concat, message, varint } from '../../../src/plugins/model-server/onnx-proto.js';
import { openSession } from '../../../src/plugins/model-server/runtime.js';
import { ONNX_MODELS } from './serving-app.js';

const file = (name: string) => readFile(join(ONNX_MODELS, name));
const noSibling = () => Promise.reject(new Error('no other file is read'));
const unservable = (text: RegExp) => ({ code: 'UNSERVABLE_MODEL', message: text });
const text = (number: number, value: string) => message(number, new TextEncoder().encode(value));

const externalTensor = (entries: Record<string, string>) =>
  concat([text(TENSOR.name, 'w'), ...Object.entries(entries).map(([key, value]) => message(TENSOR.externalData, concat([text(1, key), text(2, value)]))), varint(TENSOR.dataLocation, 1)]);

const modelOf = (graph: Uint8Array) => message(MODEL.graph, graph);

test('a ZipMap becomes the tensor that it was made of', async (t) => {
  for (const [name, classes] of [['zipmap_int', [0, 1, 2]], ['zipmap_text', ['setosa', 'versicolor', 'virginica']]] as const) {
    const { onnx, zipMaps } = await readOnnxFile(await file(`${name}/model.onnx`), noSibling);
    t.same(zipMaps, [{ output: 'output_probability', tensor: 'probabilities', classes }]);
    const session = await openSession(onnx);
    t.match(session.outputs, [{ name: 'output_label' }, { name: 'probabilities', type: 'float32' }]);
    await session.close();
  }
});

test('a file without ZipMap and without external data stays as it is', async (t) => {
  const given = await file('doubled_long/model.onnx');
  t.equal((await readOnnxFile(given, noSibling)).onnx, given);
});

test('weights beside the model file are taken in, each file once', async (t) => {
  const asked: string[] = [];
  const { onnx } = await readOnnxFile(await file('network/model.onnx'), (name) => {
    asked.push(name);
    return file(`network/${name}`);
  });
  t.same(asked, ['weights.bin']);
  const session = await openSession(onnx);
  const { y } = await session.run({ x: { type: 'float32', data: Float32Array.of(5.1, 3.5, 1.4, 0.2), dims: [1, 4] } }, ['y']);
  t.equal(Number(y!.data[0]).toFixed(3), '-34.682');
  await session.close();
});

test('weights elsewhere than beside the model are refused', async (t) => {
  for (const location of ['/etc/passwd', '../secret', 'a/b', '..', '.', 'a\\b', '']) {
    const model = modelOf(message(GRAPH.initializer, externalTensor({ location })));
    await t.rejects(readOnnxFile(model, noSibling), unservable(/no file beside the model/), location);
  }
  const model = (entries: Record<string, string>) => modelOf(message(GRAPH.initializer, externalTensor({ location: 'w.bin', ...entries })));
  for (const entries of [{ offset: '90', length: '20' }, { offset: '-1' }, { length: '-5' }, { offset: '1e99' }, { offset: 'x' }] as Record<string, string>[]) {
    await t.rejects(readOnnxFile(model(entries), async () => new Uint8Array(100)), unservable(/reaches beyond the end of 'w\.bin'/), JSON.stringify(entries));
  }
});

test('external data inside nodes, however deep, never reaches the runtime', async (t) => {
  const external = externalTensor({ location: '/etc/passwd' });
  const nodeWith = (attribute: Uint8Array) => message(GRAPH.node, message(NODE.attribute, attribute));
  const inAttribute = nodeWith(message(ATTRIBUTE.tensor, external));
  await t.rejects(readOnnxFile(modelOf(inAttribute), noSibling), unservable(/external data/));
  await t.rejects(readOnnxFile(modelOf(nodeWith(message(ATTRIBUTE.graph, inAttribute))), noSibling), unservable(/external data/));
  await t.rejects(readOnnxFile(modelOf(message(GRAPH.sparseInitializer, message(1, external))), noSibling), unservable(/external data/));
  await t.rejects(readOnnxFile(concat([modelOf(new Uint8Array(0)), message(MODEL.functions, message(7, message(NODE.attribute, message(ATTRIBUTE.tensors, external))))]), noSibling), unservable(/external data/));
  let deep = new Uint8Array(0);
  for (let depth = 0; depth < 100; depth++) deep = new Uint8Array(nodeWith(message(ATTRIBUTE.graph, deep)));
  await t.rejects(readOnnxFile(modelOf(deep), noSibling), unservable(/more than 32 deep/));
});

test('bytes that are no ONNX are refused before the runtime sees them, or by it', async (t) => {
  const whole = await file('zipmap_int/model.onnx');
  for (const bytes of [new Uint8Array(0), new TextEncoder().encode('no model at all'), whole.subarray(0, whole.length - 40), new Uint8Array(64).fill(255)]) await t.rejects(readOnnxFile(bytes, noSibling), unservable(/no ONNX model/));
  const { onnx } = await readOnnxFile(modelOf(text(2, 'empty')), noSibling);
  await t.rejects(openSession(onnx), unservable(/The ONNX runtime does not load the model/));
});
