import { test } from 'tap';
import type { ObjectRecord, Value } from '../../src/ml/readers/values.js';
import { countsToFractions, countsToFractionsKeepingLabels, pairwiseSum } from '../../src/ml/sklearn/class-fractions.js';
import { takesMissing } from '../../src/ml/sklearn/missing-values.js';

const record = (className: string, state: Record<string, Value>): ObjectRecord => ({ kind: 'object', className, args: [], state: new Map(Object.entries(state)) });

/* What scikit-learn itself does with a row that holds NaN, tried with 1.2.2, 1.3.2, 1.4.2, 1.6.1 and 1.9.1. */
const cases: [string, string, 'alone' | 'forest', Record<string, Value>, boolean][] = [
  ['1.2.2', 'DecisionTreeClassifier', 'alone', { splitter: 'best' }, false],
  ['1.3.2', 'DecisionTreeClassifier', 'alone', { splitter: 'best' }, true],
  ['1.3.2', 'DecisionTreeClassifier', 'alone', { splitter: 'random' }, false],
  ['1.3.2', 'DecisionTreeClassifier', 'forest', { splitter: 'best' }, false],
  ['1.3.2', 'DecisionTreeRegressor', 'alone', { splitter: 'best', criterion: 'absolute_error' }, false],
  ['1.4.2', 'DecisionTreeClassifier', 'forest', { splitter: 'best' }, true],
  ['1.4.2', 'ExtraTreeClassifier', 'forest', { splitter: 'random' }, false],
  ['1.4.2', 'ExtraTreeClassifier', 'alone', { splitter: 'best' }, true],
  ['1.4.2', 'DecisionTreeRegressor', 'alone', { splitter: 'best', monotonic_cst: [1] }, false],
  ['1.6.1', 'DecisionTreeClassifier', 'alone', { splitter: 'random' }, true],
  ['1.6.1', 'ExtraTreeClassifier', 'forest', { splitter: 'random' }, true],
  ['1.6.1', 'ExtraTreeClassifier', 'alone', { splitter: 'best' }, false],
  ['1.6.1', 'DecisionTreeRegressor', 'forest', { splitter: 'best', criterion: 'absolute_error' }, false],
  ['1.9.1', 'DecisionTreeRegressor', 'forest', { splitter: 'best', criterion: 'absolute_error' }, true],
  ['1.9.1', 'DecisionTreeRegressor', 'alone', { splitter: 'best', monotonic_cst: [1] }, true],
  ['1.9.1', 'ExtraTreeClassifier', 'alone', { splitter: 'best' }, false],
];

test('missing values are taken by those versions and estimators of scikit-learn that take them', async (t) => {
  for (const [version, name, place, state, expected] of cases) {
    const tree = record(`sklearn.tree._classes.${name}`, { _sklearn_version: version, ...state });
    const estimator = place === 'alone' ? tree : record('sklearn.ensemble._forest.Forest', { _sklearn_version: version });
    t.equal(takesMissing(estimator, tree), expected, `${version} ${name} ${place} ${JSON.stringify(state)}`);
  }
});

const treeOf = (values: number[], width: number) => ({ left: [], right: [], feature: [], threshold: [], values: Float64Array.from(values), width });

test('counts become fractions, and a node without samples stays zero', async (t) => {
  const tree = treeOf([1, 3, 0, 0], 2);
  countsToFractions(tree);
  t.same([...tree.values], [0.25, 0.75, 0, 0]);
});

test('the label of a lone tree stays the class of the larger count where its fractions would be equal', async (t) => {
  const counts = [1.8, 1.8000000000000003, 1.7];
  const plain = treeOf(counts, 3);
  countsToFractions(plain);
  t.equal(plain.values[0], plain.values[1], 'the division makes them equal');
  const kept = treeOf(counts, 3);
  countsToFractionsKeepingLabels(kept);
  t.ok(kept.values[1]! > kept.values[0]!);
  t.ok(kept.values[1]! - plain.values[1]! < 1e-15);
});

/* numpy.arange(1, n + 1) / 10 summed by NumPy 2.4. */
const sums: [number, number][] = [[1, 0.1], [3, 0.6000000000000001], [7, 2.8], [8, 3.6], [12, 7.8], [31, 49.6], [128, 825.6], [129, 838.4999999999999], [300, 4515.0], [1000, 50050.0]];

test('a row is summed in the order of NumPy', async (t) => {
  for (const [count, expected] of sums) t.equal(pairwiseSum(Float64Array.from({ length: count }, (_, i) => (i + 1) / 10), 0, count), expected, `${count} values`);
});
