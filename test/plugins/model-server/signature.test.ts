import { test } from 'tap';
import { parseMlModel } from '../../../src/plugins/model-server/mlmodel.js';
import { enforceParams, parseParams } from '../../../src/plugins/model-server/params.js';
import { parseSignature } from '../../../src/plugins/model-server/signature.js';

const json = (entries: unknown) => JSON.stringify(entries);
const unservable = (message: RegExp) => ({ code: 'UNSERVABLE_MODEL', statusCode: 422, message });

test('a column signature keeps names, types and which columns are required', (t) => {
  const types = ['boolean', 'integer', 'long', 'float', 'double', 'string', 'binary', 'datetime'];
  const inputs = json(types.map((type, index) => ({ type, name: `c${index}`, required: index > 0 })));
  const signature = parseSignature({ inputs, outputs: json([{ type: 'long', required: true }]), params: null });
  t.match(signature?.inputs, { kind: 'columns', named: true, columns: types.map((name, index) => ({ name: `c${index}`, type: { name }, required: index > 0 })) });
  t.match(signature?.outputs, { kind: 'columns', named: false });
  t.equal(signature?.params, undefined);
  t.end();
});

test('an older signature says optional instead of required', (t) => {
  const signature = parseSignature({ inputs: json([{ type: 'double', name: 'a', optional: true }, { type: 'double', name: 'b' }]) });
  t.match(signature?.inputs, { columns: [{ required: false }, { required: true }] });
  t.end();
});

test('a tensor signature keeps type and shape, with and without a name', (t) => {
  t.match(parseSignature({ inputs: json([{ type: 'tensor', 'tensor-spec': { dtype: 'float64', shape: [-1, 4] } }]) })?.inputs, { kind: 'tensors', named: false, tensors: [{ name: undefined, type: { name: 'float64' }, shape: [-1, 4] }] });
  t.match(parseSignature({ inputs: json([{ type: 'tensor', name: 'x', 'tensor-spec': { dtype: 'int64', shape: [-1] } }]) })?.inputs, { named: true, tensors: [{ name: 'x' }] });
  t.end();
});

test('types that are not served are refused by column and type', (t) => {
  const of = (...entries: unknown[]) => () => parseSignature({ inputs: json(entries) });
  t.throws(of({ type: 'array', items: { type: 'double' }, name: 'v', required: true }), unservable(/'v' has the type "array"/));
  t.throws(of({ type: 'object', properties: {}, name: 'o' }), unservable(/'o' has the type "object"/));
  t.throws(of({ type: 'map', values: { type: 'string' }, name: 'm' }), unservable(/'m' has the type "map"/));
  t.throws(of({ type: 'any', name: 'x' }), unservable(/'x' has the type "any"/));
  t.throws(of({ type: 'toString', name: 'x' }), unservable(/"toString"/));
  t.throws(of({ type: 'double' }, { type: 7 }), unservable(/entry 1 has the type 7/));
  t.throws(of({ type: 'tensor', 'tensor-spec': { dtype: 'complex64', shape: [-1] } }), unservable(/entry 0 has the tensor type "complex64"/));
  t.throws(of({ type: 'tensor', 'tensor-spec': { dtype: 'float32', shape: [-2] } }), unservable(/shape \[-2\]/));
  t.throws(of({ type: 'tensor', name: 'x', 'tensor-spec': { dtype: 'float32', shape: [1] } }, { type: 'double', name: 'y' }), unservable(/mixes columns with tensors/));
  t.throws(of({ type: 'double', name: 'a' }, { type: 'double' }), unservable(/mixes named with unnamed/));
  t.throws(of({ type: 'double', name: 'a' }, { type: 'long', name: 'a' }), unservable(/'a' twice/));
  t.throws(() => parseSignature({ inputs: '[{' }), unservable(/"inputs" is not valid JSON/));
  t.throws(() => parseSignature({ inputs: '[1]' }), unservable(/"inputs" must be a list of specifications/));
  t.end();
});

test('outputs of other types do not stop a model: they are only described', (t) => {
  t.same(parseSignature({ inputs: json([{ type: 'double', name: 'a' }]), outputs: json([{ type: 'array', items: { type: 'double' } }]) })?.outputs, undefined);
  t.end();
});

test('the file MLmodel gives flavors, signature, run and example', (t) => {
  const model = parseMlModel(`
flavors:
  python_function: {loader_module: mlflow.sklearn, python_version: 3.11.7}
  sklearn:
    pickled_model: model.pkl
    code: null
run_id: abc
model_id: m-1
mlflow_version: 3.17.2
saved_input_example_info: {artifact_path: input_example.json}
signature:
  inputs: '[{"type": "double", "name": "petal
    width", "required": true}]'
`);
  t.same([...model.flavors.keys()], ['python_function', 'sklearn']);
  t.match(model, { runId: 'abc', modelId: 'm-1', mlflowVersion: '3.17.2', inputExample: 'input_example.json', signature: { inputs: { columns: [{ name: 'petal width' }] } } });
  t.equal(parseMlModel('flavors: {sklearn: null}').signature, undefined);
  t.end();
});

test('an MLmodel that is damaged or hostile is refused as YAML', (t) => {
  t.throws(() => parseMlModel('flavors: ['), unservable(/not valid YAML/));
  t.throws(() => parseMlModel('just text'), unservable(/no "flavors" section/));
  t.throws(() => parseMlModel('[1, 2]'), unservable(/no "flavors" section/));
  const laughs = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]', ...Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(10).fill(`*a${n}`).join(',')}]`), 'flavors: *a9'];
  t.throws(() => parseMlModel(laughs.join('\n')), unservable(/not valid YAML/));
  t.match(parseMlModel('flavors: {a: !!python/object/apply:os.system ["x"]}').flavors.get('a'), {}, 'a tag of Python makes nothing');
  t.end();
});

const PARAMS = parseParams([
  { name: 't', type: 'double', default: 0.5, shape: null },
  { name: 'n', type: 'integer', default: 3, shape: null },
  { name: 's', type: 'string', default: 'q', shape: null },
  { name: 'b', type: 'boolean', default: true, shape: null },
  { name: 'l', type: 'long', default: [1, 2], shape: [-1] },
  { name: 'd', dtype: 'datetime', default: '2024-01-01T00:00:00', shape: null },
]);
const DEFAULTS = { t: 0.5, n: 3, s: 'q', b: true, l: [1, 2], d: '2024-01-01T00:00:00' };

test('parameters take their defaults and are checked as pyfunc checks them', (t) => {
  for (const given of [undefined, null, {}, { unknown: 1 }]) t.same(enforceParams(PARAMS, given), DEFAULTS);
  for (const given of [{ t: 1 }, { t: 1.5 }, { n: 2 }, { n: 1099511627776 }, { l: [3] }, { t: null }, { s: 'x' }, { d: '2024-05-06' }]) t.same(enforceParams(PARAMS, given), { ...DEFAULTS, ...given });
  for (const given of [{ t: 'x' }, { n: 1.5 }, { n: true }, { n: '3' }, { s: 1 }, { b: 1 }, { l: 3 }, { l: ['x'] }, { d: 'soon' }, { d: 1 }]) {
    const [name] = Object.keys(given);
    t.throws(() => enforceParams(PARAMS, given), { code: 'INVALID_PARAMETER_VALUE', message: new RegExp(`Invalid parameters found: '${name}'`) }, JSON.stringify(given));
  }
  t.throws(() => enforceParams(PARAMS, { n: 1.5, s: 1 }), { message: /'n' \(integer\) cannot be 1\.5; 's' \(string\) cannot be 1/ });
  t.throws(() => enforceParams(PARAMS, [1]), { message: "Parameters must be a dictionary. Got type 'list'." });
  t.same(enforceParams(undefined, { any: 1 }), {}, 'a model without declared parameters ignores them');
  t.throws(() => parseParams([{ name: 'p', type: 'object', default: {} }]), unservable(/parameter 'p' has the type "object"/));
  t.end();
});
