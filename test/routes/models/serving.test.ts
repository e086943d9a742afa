import { join } from 'node:path';
import { test } from 'tap';
import { ONNX_MODELS, get, post, registerFolder, servingApp } from '../../plugins/model-server/serving-app.js';

const folder = (name: string) => join(ONNX_MODELS, name);
const NAMES = ['sepal length (cm)', 'sepal width (cm)', 'petal length (cm)', 'petal width (cm)'];
const SETOSA = { 'sepal length (cm)': 5.1, 'sepal width (cm)': 3.5, 'petal length (cm)': 1.4, 'petal width (cm)': 0.2 };
const TOWN = { city: 'Łódź', age: 7, member: false, score: -2.25 };

test('outputs of every type come as JSON, and a division by zero as null', async (t) => {
  const app = await servingApp(t);
  await registerFolder(app, 'typed', folder('typed'));
  const records = [TOWN, { city: '', age: '9007199254740993', member: true, score: 0 }];
  const { status, body } = await post(app, '/models/typed/1/invocations', { dataframe_records: records });
  t.equal(status, 200);
  t.same(body.predictions[0], { age_out: 7, city_out: 'Łódź', member_out: false, half: -2.25, small: 7, ratio: null });
  t.match(body.predictions[1], { city_out: '', member_out: true, half: 0, small: 1, ratio: null });
  t.same((await post(app, '/models/typed/1/predict', TOWN)).body.predictions, [{ outputs: body.predictions[0] }]);
});

test('declared parameters are checked, others are ignored', async (t) => {
  const app = await servingApp(t);
  await registerFolder(app, 'typed', folder('typed'));
  await registerFolder(app, 'free', folder('doubled_free'));
  const typed = (params: unknown) => post(app, '/models/typed/1/invocations', { dataframe_records: [TOWN], params });
  for (const params of [{}, { threshold: 1 }, { names: ['x'] }, { unknown: [1] }, null]) t.equal((await typed(params)).status, 200, JSON.stringify(params));
  t.match(await typed({ threshold: 'high' }), { status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE', message: /Invalid parameters found: 'threshold' \(double\) cannot be "high"/ } });
  t.match(await typed([1]), { status: 400, body: { message: /Parameters must be a dictionary/ } });
  t.equal((await post(app, '/models/free/1/invocations', { inputs: [[1, 2]], params: { any: 1 } })).status, 200);
});

test('predict answers an ONNX classifier with labels and probabilities, and a regressor with a value', async (t) => {
  const app = await servingApp(t);
  for (const name of ['zipmap_int', 'zipmap_text', 'network']) await registerFolder(app, name, folder(name));
  const [number] = (await post(app, '/models/zipmap_int/1/predict', [SETOSA])).body.predictions;
  t.equal(number.label, 0);
  t.same(Object.keys(number.probabilities), ['0', '1', '2']);
  t.ok(Math.abs(number.probabilities['0'] - 0.98166) < 1e-4);
  const [text] = (await post(app, '/models/zipmap_text/1/predict', SETOSA)).body.predictions;
  t.equal(text.label, 'setosa');
  t.ok(Math.abs(text.probabilities.setosa - 0.98166) < 1e-4);
  const [value] = (await post(app, '/models/network/1/predict', [SETOSA])).body.predictions;
  t.same(Object.keys(value), ['value']);
  t.ok(Math.abs(value.value + 34.68232) < 1e-3);
});

test('no rows give no predictions', async (t) => {
  const app = await servingApp(t);
  await registerFolder(app, 'zip', folder('zipmap_int'));
  t.same((await post(app, '/models/zip/1/predict', [])).body.predictions, []);
  t.same((await post(app, '/models/zip/1/invocations', { dataframe_split: { columns: NAMES, data: [] } })).body, { predictions: [] });
});

test('metadata names columns, parameters, example and source, with and without a slash at the end', async (t) => {
  const app = await servingApp(t);
  const { version, run_id } = await registerFolder(app, 'typed', folder('typed'), {
    'input_example.json': JSON.stringify({ columns: ['city'], data: [['Graz']] }),
    MLmodel: (text) => `${text}saved_input_example_info:\n  artifact_path: input_example.json\n`,
  });
  await app.registry.setAlias('typed', 'prod', version);
  const { status, body, headers } = await get(app, '/models/typed@prod');
  t.equal(status, 200);
  t.equal(headers['x-taller-model-version'], '1');
  t.match(body, { name: 'typed', version, alias: 'prod', aliases: ['prod'], run_id, state: 'ready', reason: null, flavor: 'onnx', flavors: ['onnx', 'python_function'], estimator: null, task: null, mlflow_version: '3.17.2' });
  t.same(body.library.name, 'onnx');
  t.same(body.signature, {
    inputs: [
      { name: 'city', type: 'string', required: true },
      { name: 'age', type: 'long', required: true },
      { name: 'member', type: 'boolean', required: true },
      { name: 'score', type: 'double', required: true },
    ],
    outputs: null,
    params: [
      { name: 'threshold', type: 'double', default: 0.5, list: false },
      { name: 'names', type: 'string', default: ['a'], list: true },
    ],
  });
  t.same(body.input_example, { columns: ['city'], data: [['Graz']] });
  t.same((await get(app, '/models/typed@prod/')).body, body);
  t.same((await get(app, '/models/typed/1/')).body, { ...body, alias: null });
});

test('models are found by alias, by latest and by number, whatever characters their name has', async (t) => {
  const app = await servingApp(t);
  for (const name of ['plain', 'with space', 'é模型', '50%20off', 'we"ird\'', 'a@b', 'x'.repeat(200), '模'.repeat(60)]) {
    await registerFolder(app, name, folder('zipmap_int'));
    await registerFolder(app, name, folder('zipmap_int'));
    await app.registry.setAlias(name, 'champion', '1');
    const path = encodeURIComponent(name);
    const served = async (address: string) => (await post(app, `/models/${path}${address}/predict`, [SETOSA])).body.model;
    t.match(await served('@champion'), { name, version: '1', alias: 'champion' });
    t.match(await served('%40champion'), { name, version: '1', alias: 'champion' });
    t.match(await served('@latest'), { name, version: '2', alias: 'latest' });
    t.match(await served('/2'), { name, version: '2', alias: null });
  }
});

test('an address that leads nowhere is 404, one that cannot be is 400', async (t) => {
  const app = await servingApp(t);
  await registerFolder(app, 'zip', folder('zipmap_int'));
  const missing = { status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: String } };
  for (const address of ['none@champion', 'zip@none', 'zip@', '@champion', 'zip', 'zip/7', 'none/1', 'zip/-1', 'zip@a.b']) t.match(await post(app, `/models/${address}/invocations`, { inputs: [] }), missing, address);
  for (const version of ['abc', '1.0', '1e0', '%00']) t.match(await post(app, `/models/zip/${version}/invocations`, { inputs: [] }), { status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } }, version);
  for (const address of ['..%2f..%2fetc@x', '%2e%2e/1', 'a%00b@x', 'zip;touch%20x/1', '$(id)@x', `${'y'.repeat(3000)}@x`]) {
    const { status, body } = await post(app, `/models/${address}/predict`, [SETOSA]);
    t.ok(status === 404 || status === 400, `${address.slice(0, 40)}: ${status}`);
    t.match(body, { error_code: String, message: String });
  }
  t.equal((await get(app, '/models/zip/invocations')).status, 400);
});

test('bodies that are no JSON, of another kind or too large are refused in the same form', async (t) => {
  const app = await servingApp(t);
  await registerFolder(app, 'zip', folder('zipmap_int'));
  const send = async (type: string, payload: string | Buffer) => {
    const response = await app.inject({ method: 'POST', url: '/models/zip/1/invocations', headers: { 'content-type': type }, payload });
    return { status: response.statusCode, body: response.json() };
  };
  const body = JSON.stringify({ dataframe_records: [SETOSA] });
  t.equal((await send('application/json; charset=utf-8', body)).status, 200);
  for (const text of ['{', '', 'NaN', '{"inputs": NaN}', '"a,b"']) t.match(await send('application/json', text), { status: 400, body: { error_code: 'BAD_REQUEST', message: String } }, text);
  t.match(await send('application/json', '{"dataframe_records": [{"__proto__": 1}]}'), { status: 400, body: { error_code: 'BAD_REQUEST' } });
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml']) t.match(await send(type, body), { status: 415, body: { error_code: 'BAD_REQUEST', message: String } }, type);
  t.match(await send('application/json', `{"inputs": "${'x'.repeat(64 * 2 ** 20)}"}`), { status: 413, body: { error_code: 'BAD_REQUEST', message: /too large/ } });
  t.match(await send('text/csv', Buffer.from([0x61, 0xff])), { status: 400, body: { error_code: 'BAD_REQUEST', message: /UTF-8/ } });
});

test('an input that the graph itself refuses is 400 without a path of the server', async (t) => {
  const app = await servingApp(t);
  await registerFolder(app, 'free', folder('doubled_free'));
  const { status, body } = await post(app, '/models/free/1/invocations', { dataframe_split: { data: [[1, 2, 3]] } });
  t.equal(status, 200, 'what is beyond the width of the model is ignored');
  t.same(body.predictions, [{ y: 2 }, { y: 4 }]);
  for (const inputs of [[[1, 2, 3]], [1, 2], 'x', null, {}]) {
    const refused = await post(app, '/models/free/1/invocations', { inputs });
    t.equal(refused.status, 400, JSON.stringify(inputs));
    t.notMatch(refused.body.message, /\/\w+\/\w+\.\w+|node_modules|\bat .*:\d+/);
  }
});

test('a folder that holds no servable model is 422 and says why, on every route', async (t) => {
  const app = await servingApp(t);
  const flavors = (yaml: string) => `flavors:\n${yaml}\n`;
  const cases: [Record<string, string | Uint8Array | ((text: string) => string)>, RegExp][] = [
    [{ MLmodel: flavors('  xgboost: {data: model.ubj}\n  python_function: {loader_module: mlflow.xgboost}') }, /flavor xgboost, which is not served.*mlflow\.onnx\.log_model/],
    [{ MLmodel: flavors('  python_function: {loader_module: mlflow.pyfunc.model}') }, /flavor python_function \(mlflow\.pyfunc\.model\)/],
    [{ MLmodel: 'flavors: [' }, /MLmodel is not valid YAML/],
    [{ MLmodel: flavors('  onnx: {data: ../../secret.onnx}') }, /"\.\.\/\.\.\/secret\.onnx", which is not inside its folder/],
    [{ MLmodel: flavors('  onnx: {data: /etc/passwd}') }, /which is not inside its folder/],
    [{ MLmodel: flavors('  onnx: {data: gone.onnx}') }, /no file 'gone\.onnx'/],
    [{ 'model.onnx': 'no model' }, /no ONNX model/],
    [{ MLmodel: (text) => text.replace('"double"', '"datetime"') }, /has the type datetime/],
    [{ MLmodel: (text) => text.replace('"double"', '"array", "items": {"type": "double"}') }, /has the type "array"/],
    [{ MLmodel: flavors('  sklearn: {pickled_model: model.onnx, serialization_format: joblib}') }, /format "joblib"; served are pickle, cloudpickle, skops/],
    [{ MLmodel: flavors('  sklearn: {pickled_model: model.onnx}\n  python_function: {predict_fn: score}') }, /pyfunc_predict_fn="score"/],
  ];
  for (const [changes, reason] of cases) {
    const { version } = await registerFolder(app, 'odd', folder('zipmap_int'), changes);
    const unservable = { status: 422, body: { error_code: 'UNSERVABLE_MODEL', message: reason } };
    t.match(await post(app, `/models/odd/${version}/predict`, [SETOSA]), unservable);
    t.match(await post(app, `/models/odd/${version}/invocations`, { dataframe_records: [SETOSA] }), unservable);
    t.match(await get(app, `/models/odd/${version}`), { status: 200, body: { state: 'unservable', reason } });
  }
});

test('a version whose files are gone or elsewhere is unservable, and its number made anew is served anew', async (t) => {
  const app = await servingApp(t);
  const gone = await registerFolder(app, 'zip', folder('zipmap_int'));
  const uri = await app.registry.getDownloadUri('zip', gone.version);
  t.equal((await post(app, '/models/zip/1/predict', [SETOSA])).body.predictions[0].label, 0);
  await app.artifacts.store.delete(app.artifacts.locate(uri));
  t.equal((await post(app, '/models/zip/1/predict', [SETOSA])).status, 200, 'what is loaded goes on');
  await app.registry.deleteModelVersion('zip', '1');
  t.equal((await post(app, '/models/zip/1/predict', [SETOSA])).status, 404);
  const again = await registerFolder(app, 'zip', folder('zipmap_text'));
  const { body } = await post(app, `/models/zip/${again.version}/predict`, [SETOSA]);
  t.equal(body.predictions[0].label, 'setosa');
});

test('a model without a signature takes columns in the order given', async (t) => {
  const app = await servingApp(t);
  await registerFolder(app, 'free', folder('doubled_free'));
  const invoke = async (body: unknown) => (await post(app, '/models/free/1/invocations', body)).body.predictions;
  t.same(await invoke({ dataframe_split: { columns: ['p', 'q'], data: [[1.5, 2.5]] } }), [{ y: 3 }, { y: 5 }]);
  t.same(await invoke({ dataframe_records: [{ q: 1, p: 2 }, { p: 4, q: 3 }] }), [{ y: 2 }, { y: 4 }, { y: 6 }, { y: 8 }]);
  t.same(await invoke({ inputs: { x: [[1, 2]] } }), { y: [[2, 4]] });
  t.match((await get(app, '/models/free/1')).body, { signature: null, state: 'ready' });
});

test('many first requests at once all get their answer', async (t) => {
  const app = await servingApp(t);
  await registerFolder(app, 'zip', folder('zipmap_int'));
  const answers = await Promise.all(Array.from({ length: 30 }, () => post(app, '/models/zip/1/predict', [SETOSA])));
  t.same(new Set(answers.map(({ status, body }) => `${status} ${body.predictions[0].label}`)), new Set(['200 0']));
});
