import { test } from 'tap';
import { compileLike } from '../../../src/plugins/database/like.js';

const cases: [text: string, pattern: string, matches: boolean][] = [
  ['vision', 'vision', true],
  ['Vision', 'vision', false],
  ['vision', 'vis%', true],
  ['vision', '%ion', true],
  ['vision', '%isi%', true],
  ['vision', '%', true],
  ['', '%', true],
  ['', '', true],
  ['', '_', false],
  ['a', 'a%a', false],
  ['aa', 'a%a', true],
  ['abcab', 'ab%ab', true],
  ['abab', '%ab', true],
  ['abcd', 'a_c_', true],
  ['abc', 'a_c_', false],
  ['xay', '%_a_%', true],
  ['ay', '%_a_%', false],
  ['a.c', 'a.c', true],
  ['abc', 'a.c', false],
  ['a-(b)/[c]', '%(b)/[c]', true],
  ['two\nlines', 'two%lines', true],
  ['two\nlines', 'two_lines', true],
  ['😀', '_', true],
  ['a😀b', 'a_b', true],
  ['abc', 'ab', false],
  ['abc', 'ab%%c', true],
];

for (const [text, pattern, matches] of cases) {
  test(`${JSON.stringify(text)} ${matches ? 'is' : 'is not'} LIKE ${JSON.stringify(pattern)}`, async (t) => {
    t.equal(compileLike(pattern)(text), matches);
  });
}

test('a pattern is compiled once and answers each text alike', async (t) => {
  const matches = compileLike('%a%b');
  t.same(['aab', 'b', 'xaxb', 'ab', 'ba'].map(matches), [true, false, true, true, false]);
});

test('many wildcards over a long text take no longer than reading it a few times', async (t) => {
  const started = performance.now();
  t.equal(compileLike(`${'%a'.repeat(500)}%b`)('a'.repeat(100_000)), false);
  t.ok(performance.now() - started < 1000);
});
