import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { get, post, registerFolder, servingApp } from '../../plugins/model-server/serving-app.js';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const folder = (name: string) => join(FIXTURES, 'models', name);
const bytes = (name: string) => readFileSync(join(FIXTURES, name));
const COLUMNS = ['sepal length (cm)', 'sepal width (cm)', 'petal length (cm)', 'petal width (cm)'];

interface Expected {
  rows: number[][];
  labels: number[];
  probabilities: number[][];
}
const expectation = (name: string) => JSON.parse(bytes(`models/${name}.json`).toString()) as Expected;
const record = (row: readonly number[]) => Object.fromEntries(COLUMNS.map((column, i) => [column, row[i]]));

for (const name of ['iris_accuracy', 'iris_auroc']) {
  test(`${name}: every way to ask gives what Python gave`, async (t) => {
    const app = await servingApp(t);
    const { version, run_id } = await registerFolder(app, 'iris', folder(name));
    await app.registry.setAlias('iris', 'champion', version);
    const { rows, labels, probabilities } = expectation(name);
    for (const base of ['/models/iris@champion', `/models/iris/${version}`]) {
      const invoke = (body: object) => post(app, `${base}/invocations`, body);
      t.same((await invoke({ dataframe_split: { columns: COLUMNS, data: rows } })).body, { predictions: labels });
      t.same((await invoke({ dataframe_split: { columns: COLUMNS.toReversed(), data: rows.map((row) => row.toReversed()) } })).body, { predictions: labels });
      t.same((await invoke({ dataframe_records: rows.map(record) })).body, { predictions: labels });
      const answer = await post(app, `${base}/predict`, rows.map((row) => ({ extra: 'ignored', ...record(row) })));
      t.equal(answer.status, 200);
      t.equal(answer.headers['x-taller-model-version'], version);
      t.same(answer.body.model, { name: 'iris', version, alias: base.includes('@') ? 'champion' : null, run_id });
      t.same(answer.body.predictions.map((prediction: { label: number }) => prediction.label), labels);
      t.same(answer.body.predictions.map((prediction: { probabilities: object }) => Object.values(prediction.probabilities)), probabilities);
      t.same(Object.keys(answer.body.predictions[0].probabilities), ['0', '1', '2']);
    }
    t.match((await get(app, '/models/iris@champion/')).body, { name: 'iris', version, alias: 'champion', run_id, state: 'ready', flavor: 'sklearn', estimator: 'sklearn.ensemble._forest.RandomForestClassifier' });
  });
}

test('a CSV gives what the same rows as JSON give, and says which row does not fit', async (t) => {
  const app = await servingApp(t);
  await registerFolder(app, 'iris', folder('iris_accuracy'));
  const { rows, labels } = expectation('iris_accuracy');
  const csv = async (payload: string) => (await app.inject({ method: 'POST', url: '/models/iris/1/invocations', headers: { 'content-type': 'text/csv' }, payload })).json();
  const header = COLUMNS.map((column) => `"${column}"`).join(',');
  t.same(await csv(`\uFEFF${header}\r\n${rows.map((row) => row.join(',')).join('\r\n')}\r\n`), { predictions: labels });
  t.match(await csv(`${header}\n1,2,3,4\n1,2,3\n`), { message: /CSV row 2 has 3 values/ });
  t.match(await csv(`${header}\n1,2,3,wide\n`), { message: /petal width \(cm\)/ });
  t.match(await csv(`${header}\n1,"2,3,4\n`), { message: /CSV input cannot be read/ });
  t.match(await csv(''), { message: /header line/ });
});

test('a moved alias changes what the next request gets', async (t) => {
  const app = await servingApp(t);
  const first = await registerFolder(app, 'iris', folder('iris_accuracy'));
  const second = await registerFolder(app, 'iris', folder('iris_auroc'));
  const row = record([6.1, 2.8, 4.7, 1.2]);
  const served = async () => (await post(app, '/models/iris@champion/predict', [row])).body.model.version;
  t.equal((await post(app, '/models/iris@champion/predict', [row])).status, 404);
  for (const { version } of [first, second, first]) {
    await app.registry.setAlias('iris', 'champion', version);
    t.equal(await served(), version);
  }
  await app.registry.deleteAlias('iris', 'champion');
  t.equal((await post(app, '/models/iris@champion/predict', [row])).status, 404);
});

test('bad input says what is wrong, by name, row and column', async (t) => {
  const app = await servingApp(t);
  await registerFolder(app, 'iris', folder('iris_accuracy'));
  const predict = (body: unknown) => post(app, '/models/iris/1/predict', body);
  const good = record([6.1, 2.8, 4.7, 1.2]);
  const without = Object.fromEntries(Object.entries(good).filter(([column]) => column !== 'petal width (cm)'));
  const missing = await predict([without]);
  t.equal(missing.status, 400);
  for (const column of COLUMNS) t.match(missing.body.message, column);
  t.equal((await predict([{ ...without, 'Petal Width (cm)': 1 }])).status, 400);
  const text = await predict([good, { ...good, 'sepal width (cm)': 'wide' }]);
  t.match(text, { status: 400, body: { message: /sepal width \(cm\)/ } });
  t.match(text.body.message, /row \d/i);
  for (const body of [[], 'not json', 5, null, [5], { inputs: 1 }, [[1, 2, 3, 4]]]) t.ok([200, 400].includes((await predict(body)).status), JSON.stringify(body));
  for (const body of [{}, { dataframe_split: {} }, { dataframe_split: { columns: COLUMNS, data: [[1]] } }, { dataframe_records: [], dataframe_split: {} }, { instances: 'x' }, { dataframe_split: { columns: COLUMNS, data: [[1, 2, 3, 'x']] } }]) {
    t.equal((await post(app, '/models/iris/1/invocations', body)).status, 400, JSON.stringify(body));
  }
  for (const path of ['/models/none@champion', '/models/iris@none', '/models/iris/99', '/models/none/1']) {
    t.match(await post(app, `${path}/predict`, [good]), { status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST' } }, path);
    t.equal((await get(app, path)).status, 404, path);
  }
  t.equal((await post(app, '/models/iris;touch%20x@a/predict', [good])).status, 404);
});

test('a model that is not served is 422 with the class in it and what to log instead; others go on', async (t) => {
  const app = await servingApp(t);
  const good = await registerFolder(app, 'iris', folder('iris_accuracy'));
  const row = record([6.1, 2.8, 4.7, 1.2]);
  const files: [Uint8Array, RegExp][] = [
    [bytes('sklearn/refused-svc.pkl'), /sklearn\.svm\._classes\.SVC.*mlflow\.onnx/s],
    [bytes('sklearn/refused-multi-output.pkl'), /multi-output/],
    [Buffer.from("cposix\nsystem\n(S'touch taller-was-here'\ntR.", 'latin1'), /posix\.system/],
    [bytes('sklearn/tree.pkl').subarray(0, 1000), /cut off|damaged/],
  ];
  for (const [file, message] of files) {
    const { version } = await registerFolder(app, 'iris', folder('iris_accuracy'), { 'model.pkl': file });
    t.match(await post(app, `/models/iris/${version}/predict`, [row]), { status: 422, body: { error_code: 'UNSERVABLE_MODEL', message } });
    t.match((await get(app, `/models/iris/${version}`)).body, { state: 'unservable', reason: message });
  }
  t.equal((await post(app, `/models/iris/${good.version}/predict`, [row])).status, 200);
});
