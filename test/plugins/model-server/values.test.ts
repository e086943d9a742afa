import { test } from 'tap';
import { jsonOfText, parseCsv } from '../../../src/plugins/model-server/csv.js';
import { fromHalf, toHalf } from '../../../src/plugins/model-server/float16.js';
import { nestedValues, plainValues, rowValues } from '../../../src/plugins/model-server/outputs.js';
import { COLUMN_TYPES } from '../../../src/plugins/model-server/value-types.js';

test('half precision keeps every one of its numbers', (t) => {
  const isNaN = (half: number) => (half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0;
  const all = Array.from({ length: 0x10000 }, (_, half) => half);
  t.same(all.filter((half) => (isNaN(half) ? !Number.isNaN(fromHalf(half)) : toHalf(fromHalf(half)) !== half)), []);
  t.end();
});

test('half precision rounds to the nearest number, ties to even', (t) => {
  const cases: [number, number][] = [[1, 0x3c00], [1.5, 0x3e00], [-2, 0xc000], [65504, 0x7bff], [65519, 0x7bff], [65520, 0x7c00], [1e9, 0x7c00], [2048 + 1, 0x6800], [2048 + 3, 0x6802], [2 ** -24, 1], [2 ** -25, 0], [1.5 * 2 ** -24, 2], [-0, 0x8000], [Infinity, 0x7c00]];
  for (const [number, half] of cases) t.equal(toHalf(number), half, String(number));
  t.ok(Number.isNaN(fromHalf(toHalf(NaN))));
  t.end();
});

test('outputs of every type become JSON, and what is not finite becomes null', (t) => {
  const json = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;
  t.same(json(plainValues({ type: 'int64', data: BigInt64Array.of(1n, -2n), dims: [2] })), [1, -2]);
  t.same(json(plainValues({ type: 'uint64', data: BigUint64Array.of(7n), dims: [1] })), [7]);
  t.same(json(plainValues({ type: 'bool', data: Uint8Array.of(0, 1), dims: [2] })), [false, true]);
  t.same(json(plainValues({ type: 'string', data: ['é'], dims: [1] })), ['é']);
  t.same(json(plainValues({ type: 'float16', data: Uint16Array.of(0x3c00, 0x7c00), dims: [2] })), [1, null]);
  t.same(json(plainValues({ type: 'float64', data: Float64Array.of(NaN, 0.5, -Infinity), dims: [3] })), [null, 0.5, null]);
  t.end();
});

test('outputs keep their shape', (t) => {
  const tensor = { type: 'uint8' as const, data: Uint8Array.of(1, 2, 3, 4), dims: [2, 1, 2] };
  t.same(nestedValues(tensor), [[[1, 2]], [[3, 4]]]);
  t.same(rowValues(tensor), [[[1, 2]], [[3, 4]]]);
  t.same(rowValues({ ...tensor, dims: [4, 1] }), [1, 2, 3, 4]);
  t.same(nestedValues({ ...tensor, data: Uint8Array.of(9), dims: [] }), 9);
  t.same(nestedValues({ ...tensor, data: new Uint8Array(0), dims: [0, 2] }), []);
  t.end();
});

test('a CSV has names, quotes and line ends as pandas writes them', (t) => {
  t.same(parseCsv('a,"b ""c"",d"\r\n1,"x\ny"\r\n2,\r\n'), { columns: ['a', 'b "c",d'], rows: [['1', 'x\ny'], ['2', '']] });
  t.throws(() => parseCsv('a,b\n1,2,3\n'), { code: 'BAD_REQUEST', message: /row 1 has 3 values, but the header names 2/ });
  t.end();
});

test("a CSV's texts become values of the column's type", (t) => {
  const { double, long, boolean, string } = COLUMN_TYPES as Record<'double' | 'long' | 'boolean' | 'string', (typeof COLUMN_TYPES)[string]>;
  t.same(['1.5', ' 2 ', '-1e3', '', 'NA', 'inf', '-Inf', 'x'].map((text) => jsonOfText(text, double!)), [1.5, 2, -1000, null, null, 'Infinity', '-Infinity', 'x']);
  t.same(['7', '7.0', '9007199254740993', 'x'].map((text) => jsonOfText(text, long!)), [7, 7, '9007199254740993', 'x']);
  t.same(['True', 'false', '1', 'yes'].map((text) => jsonOfText(text, boolean!)), [true, false, 1, 'yes']);
  t.same(['00501', 'True', '1.5'].map((text) => jsonOfText(text, string!)), ['00501', 'True', '1.5']);
  t.end();
});
