import { test } from 'tap';
import { decodeColumns, planColumns } from '../../../src/plugins/model-server/column-plan.js';
import { createInputReader } from '../../../src/plugins/model-server/input-reader.js';
import { readScoringRequest, toFrame } from '../../../src/plugins/model-server/scoring-request.js';
import type { ColumnSpec } from '../../../src/plugins/model-server/signature.js';
import { parseSignature } from '../../../src/plugins/model-server/signature.js';
import type { GraphTensor, TensorType } from '../../../src/plugins/model-server/tensor.js';
import { COLUMN_TYPES } from '../../../src/plugins/model-server/value-types.js';

const ANY = { nan: true, infinity: true };
const FINITE = { nan: false, infinity: false };
const column = (name: string, type: string, required = true): ColumnSpec => ({ name, type: COLUMN_TYPES[type]!, required });
const matrix = (type: TensorType, width: number): GraphTensor[] => [{ name: 'x', type, dims: [-1, width] }];
const refused = (message: RegExp) => ({ code: 'INVALID_PARAMETER_VALUE', statusCode: 400, message });

/** One column 'a' of the given type, in a tensor of the given type. */
function one(type: string, value: unknown, { required = true, target = 'float64' as TensorType, rule = ANY } = {}): unknown {
  const plan = planColumns([column('a', type, required)], true, matrix(target, 1), rule);
  return decodeColumns(plan, toFrame({ format: 'dataframe_records', data: [{ a: 1, b: 2 }, { a: value }].slice(1) })).tensors.x!.data[0];
}

test('a double column takes numbers and missing values, but no text and no boolean', (t) => {
  for (const type of ['double', 'float']) {
    t.equal(one(type, 3.7), 3.7);
    t.equal(one(type, 2), 2);
    t.ok(Number.isNaN(one(type, null)));
    t.ok(Number.isNaN(one(type, 'NaN')));
    t.equal(one(type, '-Infinity'), -Infinity);
    for (const wrong of ['5.1', 'x', '', true, [1], { a: 1 }]) t.throws(() => one(type, wrong), refused(new RegExp(`row 1, column 'a': got .* type ${type} needs a number`)), JSON.stringify(wrong));
  }
  t.equal(one('double', 0.1, { target: 'float32' }), Math.fround(0.1));
  t.end();
});

test('whole columns take whole numbers in their range, and never round', (t) => {
  for (const type of ['integer', 'long']) {
    t.equal(one(type, 3), 3);
    t.equal(one(type, 3.0), 3);
    for (const wrong of [3.7, 'x', true, [1], {}]) t.throws(() => one(type, wrong), refused(new RegExp(`type ${type} needs an integer`)), JSON.stringify(wrong));
  }
  t.equal(one('integer', 2147483647, { target: 'int32' }), 2147483647);
  t.throws(() => one('integer', 2147483648), refused(/2147483648 is out of the range of type integer, -2147483648 to 2147483647/));
  t.equal(one('long', 2147483648, { target: 'int64' }), 2147483648n);
  t.equal(one('long', '9007199254740993', { target: 'int64' }), 9007199254740993n);
  t.equal(one('long', '-9223372036854775808', { target: 'int64' }), -(2n ** 63n));
  t.throws(() => one('long', 2 ** 53), refused(/send its digits as a string/));
  t.throws(() => one('long', '9223372036854775808', { target: 'int64' }), refused(/out of the range of type long/));
  t.throws(() => one('integer', '7'), refused(/needs an integer/));
  t.end();
});

test('a missing value in a required whole column advises double, in an optional one it is NaN where the model takes it', (t) => {
  t.throws(() => one('long', null), refused(/column 'a': got null.*declare the column as double/));
  t.ok(Number.isNaN(one('long', null, { required: false })));
  t.throws(() => one('long', null, { required: false, target: 'int64' }), refused(/column 'a': got null/));
  t.throws(() => one('long', null, { required: false, rule: FINITE }), refused(/column 'a': a missing value/));
  t.throws(() => one('double', null, { rule: FINITE }), refused(/row 1, column 'a': a missing value/));
  t.throws(() => one('double', 'Infinity', { rule: FINITE }), refused(/infinite or too large/));
  t.throws(() => one('double', 1e39, { rule: FINITE }), refused(/too large for float32/));
  t.throws(() => one('boolean', null), refused(/true or false/));
  t.end();
});

test('booleans and strings are taken as such', (t) => {
  t.equal(one('boolean', true, { target: 'bool' }), 1);
  t.equal(one('boolean', 0, { target: 'bool' }), 0);
  t.throws(() => one('boolean', 2), refused(/true or false/));
  t.throws(() => one('boolean', 'false'), refused(/true or false/));
  t.equal(one('string', 'é', { target: 'string' }), 'é');
  for (const wrong of [1, null, true]) t.throws(() => one('string', wrong, { target: 'string' }), refused(/type string needs a string/));
  t.end();
});

test('a value that the model cannot hold is refused, not cut', (t) => {
  t.equal(one('double', 3, { target: 'int64' }), 3n);
  t.throws(() => one('double', 3.5, { target: 'int64' }), refused(/got 3\.5, but type int64 needs an integer for the model's input/));
  t.throws(() => one('long', 300, { target: 'uint8' }), refused(/300 is out of the range of type uint8, 0 to 255/));
  t.throws(() => one('long', -1, { target: 'uint64' }), refused(/out of the range/));
  t.throws(() => one('double', 0.5, { target: 'bool' }), refused(/0 or 1/));
  t.throws(() => one('double', null, { target: 'int32' }), refused(/an integer for the model's input/));
  t.equal(one('double', 1.5, { target: 'float16' }), 0x3e00);
  t.end();
});

test('columns are found by name whatever their order, and extra ones are ignored', (t) => {
  const plan = planColumns([column('x', 'double'), column('y', 'long')], true, matrix('float64', 2), ANY);
  const decode = (body: unknown) => Array.from(decodeColumns(plan, toFrame(readScoringRequest(body))).tensors.x!.data as Float64Array);
  t.same(decode({ dataframe_split: { columns: ['y', 'z', 'x'], data: [[1, 'q', 2.5], [3, null, 4]] } }), [2.5, 1, 4, 3]);
  t.same(decode({ dataframe_split: { index: [5, 6], columns: ['y', 'x'], data: [[1, 2.5], [3, 4]] } }), [2.5, 1, 4, 3]);
  t.same(decode({ dataframe_records: [{ x: 1, y: 2 }, { z: 5, y: 3, x: 4 }] }), [1, 2, 4, 3]);
  t.same(decode({ inputs: { y: [1, 2], x: [1.5, 2] } }), [1.5, 1, 2, 2]);
  t.same(decode({ inputs: { y: 1, x: 1.5 } }), [1.5, 1]);
  t.same(decode({ inputs: [{ x: 1, y: 2 }] }), [1, 2]);
  t.same(decode({ instances: [{ x: 1, y: 2 }, { x: 3, y: 4 }] }), [1, 2, 3, 4]);
  t.same(decode({ instances: { x: [1], y: [2] } }), [1, 2]);
  t.same(decode({ dataframe_split: { columns: ['y', 'x'], data: [] } }), []);
  t.same(decode({ dataframe_records: [] }), []);
  const gap = decode({ dataframe_records: [{ x: 1, y: 2 }, { y: 4 }] });
  t.same([gap[0], gap[1], gap[3]], [1, 2, 4]);
  t.ok(Number.isNaN(gap[2]), 'a record without a double column has it missing');
  t.end();
});

test('missing columns are named, with what is extra and what is expected', (t) => {
  const plan = planColumns([column('x', 'double'), column('y', 'long'), column('z', 'double', false)], true, matrix('float64', 3), ANY);
  const decode = (body: unknown) => () => decodeColumns(plan, toFrame(readScoringRequest(body)));
  t.throws(decode({ dataframe_records: [{ x: 1, Y: 2 }] }), refused(/^Model is missing inputs \['y'\]\. Note that there were extra inputs: \['Y'\]\. The model expects the columns 'x' \(double\), 'y' \(long\), 'z' \(double, optional\)\.$/));
  t.throws(decode({ dataframe_split: { data: [[1, 2]] } }), refused(/^Model is missing inputs \['x', 'y'\]\. Note that there were extra inputs: \[0, 1\]/));
  t.throws(decode({ inputs: [[1, 2]] }), refused(/^Model is missing inputs/));
  t.throws(decode({ dataframe_records: [{ x: 1, y: 2 }, { x: 1 }] }), refused(/row 2, column 'y': got null/));
  t.throws(decode({ dataframe_records: [{ x: 1, y: 2 }, { x: 'a', y: 2 }] }), refused(/row 2, column 'x': got "a"/));
  t.end();
});

test('names that every object has are no columns', (t) => {
  const plan = planColumns([column('constructor', 'double'), column('toString', 'double', false)], true, matrix('float64', 2), ANY);
  t.throws(() => decodeColumns(plan, toFrame({ format: 'dataframe_records', data: [{ a: 1 }] })), refused(/Model is missing inputs \['constructor'\]/));
  const { data } = decodeColumns(plan, toFrame({ format: 'inputs', data: { constructor: [1] } })).tensors.x!;
  t.equal(data[0], 1);
  t.ok(Number.isNaN(data[1]));
  t.end();
});

test('unnamed columns go by position, more than the model has are ignored', (t) => {
  const unnamed = [{ type: COLUMN_TYPES.double!, required: true }, { type: COLUMN_TYPES.long!, required: true }];
  const plan = planColumns(unnamed, false, matrix('float64', 2), ANY);
  const decode = (body: unknown) => Array.from(decodeColumns(plan, toFrame(readScoringRequest(body))).tensors.x!.data as Float64Array);
  t.same(decode({ dataframe_split: { data: [[1, 2, 3]] } }), [1, 2]);
  t.same(decode({ dataframe_split: { columns: ['q', 'w'], data: [[1, 2]] } }), [1, 2]);
  t.same(decode({ inputs: [[1, 2]] }), [1, 2]);
  t.same(decode({ dataframe_records: [{ q: 1, w: 2 }] }), [1, 2]);
  t.throws(() => decode({ dataframe_split: { data: [[1]] } }), refused(/declares 2 inputs but the provided value only has 1 inputs/));
  t.throws(() => decode({ inputs: [[1, 2.5]] }), refused(/^row 1: got 2\.5, but type long needs an integer/));
  t.end();
});

test('a single named column takes a plain list', (t) => {
  const plan = planColumns([column('a', 'double')], true, matrix('float64', 1), ANY);
  const decode = (body: unknown) => Array.from(decodeColumns(plan, toFrame(readScoringRequest(body))).tensors.x!.data as Float64Array);
  t.same(decode({ inputs: [1, 2, 3] }), [1, 2, 3]);
  t.same(decode({ instances: [[1], [2]] }), [1, 2]);
  t.end();
});

test('a graph with an input for each column is fed by name', (t) => {
  const inputs: GraphTensor[] = [{ name: 'city', type: 'string', dims: [-1] }, { name: 'age', type: 'int64', dims: [-1, 1] }];
  const plan = planColumns([column('age', 'long'), column('city', 'string')], true, inputs, ANY);
  const { tensors, rows } = decodeColumns(plan, toFrame({ format: 'dataframe_records', data: [{ city: 'Graz', age: 4 }, { age: 5, city: 'x' }] }));
  t.equal(rows, 2);
  t.same(tensors.city, { type: 'string', data: ['Graz', 'x'], dims: [2] });
  t.same(tensors.age, { type: 'int64', data: BigInt64Array.of(4n, 5n), dims: [2, 1] });
  t.end();
});

test('a signature that the graph can never fit makes the model unservable', (t) => {
  const unservable = (message: RegExp) => ({ code: 'UNSERVABLE_MODEL', message });
  t.throws(() => planColumns([column('a', 'double')], true, matrix('float32', 3), ANY), unservable(/shape \(-1, 3\), which its signature of 1 column cannot fill/));
  t.throws(() => planColumns([column('when', 'datetime')], true, matrix('float32', 1), ANY), unservable(/the column 'when' has the type datetime/));
  t.throws(() => planColumns([column('raw', 'binary')], true, matrix('string', 1), ANY), unservable(/the column 'raw' has the type binary/));
  t.throws(() => planColumns([column('a', 'string')], true, matrix('float32', 1), ANY), unservable(/the column 'a' is of type string, but the model's input 'x' takes float32/));
  const two: GraphTensor[] = [{ name: 'p', type: 'float32' }, { name: 'q', type: 'float32' }];
  t.throws(() => planColumns([column('p', 'double'), column('r', 'double')], true, two, ANY), unservable(/column 'r', but the model's graph has the inputs 'p', 'q'/));
  t.throws(() => planColumns([column('p', 'double')], true, two, ANY), unservable(/input 'q', but its signature has no column/));
  t.end();
});

test('the four formats are told apart, and anything else is refused', (t) => {
  const bad = (message: RegExp) => ({ code: 'BAD_REQUEST', statusCode: 400, message });
  const exactly = /The input must be a JSON dictionary with exactly one of the input fields {'dataframe_split', 'dataframe_records', 'instances', 'inputs'}/;
  for (const body of [undefined, null, 1, 'a,b\n1,2', [1], {}, { foo: 1 }, { inputs: [], instances: [] }, { dataframe_split: {}, dataframe_records: [] }]) t.throws(() => readScoringRequest(body), bad(exactly), JSON.stringify(body));
  const read = (body: unknown) => () => toFrame(readScoringRequest(body));
  t.throws(read({ dataframe_records: { x: 1 } }), bad(/must be a list of records\. Got dictionary/));
  t.throws(read({ dataframe_records: null }), bad(/Got null/));
  t.throws(read({ dataframe_records: [{ a: 1 }, 2] }), bad(/row 2 must be an object/));
  t.throws(read({ dataframe_split: [1] }), bad(/split format must be a dictionary\. Got list/));
  t.throws(read({ dataframe_split: { columns: ['x'] } }), bad(/must have 'data' field/));
  t.throws(read({ dataframe_split: { data: [[1]], foo: 1 } }), bad(/Got \["data","foo"\]/));
  t.throws(read({ dataframe_split: { columns: ['x', 'y'], data: [[1, 2], [1]] } }), bad(/row 2 has 1 values, but columns names 2/));
  t.throws(read({ dataframe_split: { columns: ['x', 'y'], data: [[1, 2], 7] } }), bad(/row 2 is type number, no list/));
  t.throws(read({ dataframe_split: { columns: [{}], data: [[1]] } }), bad(/list of names/));
  t.throws(read({ dataframe_split: { columns: ['x', 'x'], data: [[1, 2]] } }), refused(/the column 'x' is given twice/));
  t.throws(read({ inputs: { x: [1, 2], y: [1] } }), bad(/not the same: 'x' has 2, 'y' has 1/));
  t.throws(read({ inputs: [[1, 2], [1]] }), bad(/inputs: row 2 has 1 values, but row 1 has 2/));
  t.throws(read({ inputs: [1, [2]] }), bad(/row 2 is a list, but row 1 is a single value/));
  t.end();
});

test('tensors are checked for shape, evenness and values, with the index of what is wrong', (t) => {
  const schema = parseSignature({ inputs: JSON.stringify([{ type: 'tensor', name: 'x', 'tensor-spec': { dtype: 'int64', shape: [-1, 2] } }]) })!.inputs;
  const read = createInputReader(schema, { inputs: [{ name: 'x', type: 'float32', dims: [-1, 2] }], rule: ANY });
  const decode = (data: unknown) => read({ format: 'inputs', data }).tensors.x!;
  t.same(decode([[1, 2], [3, 4]]), { type: 'float32', data: Float32Array.of(1, 2, 3, 4), dims: [2, 2] });
  t.same(decode({ x: [[1, 2]] }).dims, [1, 2]);
  t.throws(() => decode([[1, 2], [3, 2.7]]), refused(/input 'x', value \[1\]\[1\]: got 2\.7, but type int64 needs an integer/));
  t.throws(() => decode([[1, 2], [3]]), refused(/not of uniform length/));
  t.throws(() => decode([[1, 2], 3]), refused(/not of uniform length/));
  t.throws(() => decode([[1, 2], [3, [4]]]), refused(/value \[1\]\[1\]: got \[4\]/));
  t.throws(() => decode([1, 2]), refused(/Shape of input \(2,\) does not match expected shape \(-1, 2\)/));
  t.throws(() => decode(5), refused(/Shape of input \(\)/));
  t.throws(() => decode({ y: [[1, 2]] }), refused(/missing inputs \['x'\].*expects the tensors 'x' \(int64 \(-1, 2\)\)/));
  t.throws(() => decode(JSON.parse('['.repeat(5000) + ']'.repeat(5000))), { code: 'BAD_REQUEST', message: /nested more than 16 deep/ });
  t.end();
});
