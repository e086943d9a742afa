import { readdirSync, readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { test, type Test } from 'tap';
import { UnsupportedModelError } from '../../src/ml/errors.js';
import type { OnnxModel, SklearnFormat } from '../../src/ml/sklearn/contract.js';
import { convertSklearn } from '../../src/ml/sklearn/index.js';

interface Expected {
  rows: (number | null)[][];
  classes?: (string | number | boolean)[];
  labels?: (string | number | boolean)[];
  probabilities?: number[][];
  values?: number[];
}

const FIXTURES = new URL('../fixtures/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, FIXTURES));
const expectation = (path: string) => JSON.parse(read(path).toString()) as Expected;

async function run(model: OnnxModel, rows: Expected['rows']) {
  const session = await InferenceSession.create(model.onnx, { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential' });
  const data = Float64Array.from(rows.flat(), (value) => value ?? NaN);
  return session.run({ [model.input.name]: new Tensor('float64', data, [rows.length, model.input.featureCount]) });
}

/** Bit for bit: probabilities and values must be the very doubles that scikit-learn gave. */
async function agrees(t: Test, model: OnnxModel, expected: Expected) {
  const outputs = await run(model, expected.rows);
  if (!expected.labels) {
    t.equal(model.task, 'regressor');
    t.same([...(outputs[model.outputs.value!]!.data as Float64Array)], expected.values);
    return;
  }
  t.equal(model.task, 'classifier');
  t.same(model.classes, expected.classes);
  t.same([...(outputs[model.outputs.label!]!.data as BigInt64Array)].map((index) => model.classes![Number(index)]), expected.labels);
  t.same([...(outputs[model.outputs.probabilities!]!.data as Float64Array)], expected.probabilities!.flat());
}

for (const file of readdirSync(new URL('sklearn/', FIXTURES)).filter((name) => name.endsWith('.pkl') && !name.startsWith('refused'))) {
  test(`${file} predicts what scikit-learn predicted`, async (t) => {
    const model = convertSklearn(read(`sklearn/${file}`), 'pickle');
    await agrees(t, model, expectation(`sklearn/${file.replace('.pkl', '.json')}`));
  });
}

const FOLDERS: [string, string, SklearnFormat][] = [['iris_accuracy', 'model.pkl', 'cloudpickle'], ['iris_auroc', 'model.skops', 'skops']];

for (const [folder, file, format] of FOLDERS) {
  test(`the ${format} model of ${folder} predicts what scikit-learn predicted`, async (t) => {
    const model = convertSklearn(read(`models/${folder}/${file}`), format);
    t.same(model.input.featureNames, ['sepal length (cm)', 'sepal width (cm)', 'petal length (cm)', 'petal width (cm)']);
    t.equal(model.libraryVersion, '1.9.1');
    await agrees(t, model, expectation(`models/${folder}.json`));
  });
}

test('missing values are accepted where the fitting scikit-learn accepts them', async (t) => {
  t.equal(convertSklearn(read('sklearn/forest-missing-values.pkl'), 'pickle').input.acceptsMissing, true);
  t.equal(convertSklearn(read('sklearn/forest-string-labels-1.2.2.pkl'), 'pickle').input.acceptsMissing, false);
});

test('a class that is not served is refused by its name, with advice', async (t) => {
  t.throws(() => convertSklearn(read('sklearn/refused-svc.pkl'), 'pickle'), { name: 'UnsupportedModelError', what: 'sklearn.svm._classes.SVC', message: /sklearn\.svm\._classes\.SVC.*mlflow\.onnx\.log_model/s });
});

test('a model of several outputs is refused by name', async (t) => {
  t.throws(() => convertSklearn(read('sklearn/refused-multi-output.pkl'), 'pickle'), { message: /multi-output/ });
});

test('a file that is no model of its format is refused', async (t) => {
  t.throws(() => convertSklearn(read('iris.csv'), 'skops'), UnsupportedModelError);
  t.throws(() => convertSklearn(read('iris.csv'), 'pickle'), UnsupportedModelError);
  t.throws(() => convertSklearn(new Uint8Array(), 'pickle'), UnsupportedModelError);
});
