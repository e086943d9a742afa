import { test } from 'tap';
import { UnservableModel } from '../../../src/errors.js';
import type { LoadedModel } from '../../../src/plugins/model-server/loaded-model.js';
import { createModelCache } from '../../../src/plugins/model-server/model-cache.js';

const LIMITS = { maxModels: 2, maxBytes: 1000, retryAfterMs: 60_000 };

interface Counted extends LoadedModel {
  closed: number;
}

/** The cache looks only at a model's size and its closing. */
const model = (bytes = 10): Counted => ({
  flavor: 'onnx',
  library: { name: 'onnx' },
  bytes,
  readInput: () => ({ rows: 0, tensors: {}, framed: true }),
  invoke: async () => [],
  predict: async () => [],
  closed: 0,
  async close() {
    this.closed += 1;
  },
});

test('concurrent first requests load once', async (t) => {
  const cache = createModelCache(LIMITS);
  let loads = 0;
  const made = model();
  const load = async () => {
    loads += 1;
    return made;
  };
  t.same(await Promise.all([1, 2, 3].map((n) => cache.use('a', load, () => n))), [1, 2, 3]);
  t.equal(await cache.use('a', load, (used) => used), made);
  t.equal(loads, 1);
  await cache.close();
  t.equal(made.closed, 1);
});

test('the least recently used model leaves by count, and closes once', async (t) => {
  const cache = createModelCache(LIMITS);
  const models = new Map(['a', 'b', 'c'].map((key) => [key, model()]));
  const use = (key: string) => cache.use(key, async () => models.get(key)!, () => undefined);
  for (const key of ['a', 'b', 'a', 'c']) await use(key);
  t.same([...models.values()].map(({ closed }) => closed), [0, 1, 0]);
  await cache.close();
  t.same([...models.values()].map(({ closed }) => closed), [1, 1, 1]);
});

test('models leave by bytes, and one larger than the bound serves but is not kept', async (t) => {
  const cache = createModelCache(LIMITS);
  const [small, large, huge] = [model(600), model(700), model(2000)];
  await cache.use('small', async () => small, () => undefined);
  await cache.use('large', async () => large, () => undefined);
  t.equal(small.closed, 1);
  t.equal(await cache.use('huge', async () => huge, () => huge.closed), 0, 'open while it works');
  t.equal(huge.closed, 1);
  t.equal(large.closed, 0);
  await cache.close();
});

test('a model that leaves while it works closes after its work', async (t) => {
  const cache = createModelCache({ ...LIMITS, maxModels: 1 });
  const first = model();
  let finish = () => {};
  const working = cache.use('first', async () => first, () => new Promise<void>((done) => (finish = done)));
  await cache.use('second', async () => model(), () => undefined);
  t.equal(first.closed, 0);
  finish();
  await working;
  t.equal(first.closed, 1);
  await cache.close();
});

test('a refusal is remembered for a while, any other fault is not', async (t) => {
  const cache = createModelCache({ ...LIMITS, retryAfterMs: 50 });
  let loads = 0;
  const failing = (error: Error) => async (): Promise<LoadedModel> => {
    loads += 1;
    throw error;
  };
  for (let n = 0; n < 2; n++) await t.rejects(cache.use('broken', failing(new Error('disk')), () => undefined), { message: 'disk' });
  t.equal(loads, 2);
  for (let n = 0; n < 2; n++) await t.rejects(cache.use('refused', failing(new UnservableModel('no')), () => undefined), { code: 'UNSERVABLE_MODEL' });
  t.equal(loads, 3);
  const until = Date.now() + 2000;
  const served = () => cache.use('refused', async () => model(), () => true).catch(() => false);
  let answer = await served();
  while (!answer && Date.now() < until) {
    await new Promise((next) => setTimeout(next, 5));
    answer = await served();
  }
  t.ok(answer, 'it is tried again');
  await cache.close();
});

test('a fault of the work leaves the model in its place', async (t) => {
  const cache = createModelCache(LIMITS);
  const made = model();
  await t.rejects(cache.use('a', async () => made, () => Promise.reject(new Error('bad row'))), { message: 'bad row' });
  t.equal(await cache.use('a', async () => model(), (used) => used), made);
  await cache.close();
});
