import type { DecisionTree } from '../onnx/tree-ensemble.js';

/*
 * Before scikit-learn 1.4 the nodes of a classifier hold (weighted) counts, and predict_proba divides them by their sum. The
 * sum is NumPy's, with its order of additions, since weighted counts are not whole.
 */

/** Turns counts of the classes into fractions, in place. */
export function countsToFractions({ values, width }: DecisionTree): void {
  for (let start = 0; start < values.length; start += width) {
    const sum = pairwiseSum(values, start, width) || 1;
    for (let i = start; i < start + width; i++) values[i]! /= sum;
  }
}

/**
 * The same for a tree that stands alone: its label is the class of the largest count. Where the division makes that count
 * equal to an earlier one, its fraction is raised by the smallest step, so that the label stays.
 */
export function countsToFractionsKeepingLabels(tree: DecisionTree): void {
  const { values, width } = tree;
  const counts = values.slice();
  countsToFractions(tree);
  for (let start = 0; start < values.length; start += width) {
    const label = start + firstLargest(counts, start, width);
    const found = start + firstLargest(values, start, width);
    if (label !== found) values[label] = values[found]! * (1 + Number.EPSILON);
  }
}

function firstLargest(values: Float64Array, start: number, width: number): number {
  let best = 0;
  for (let i = 1; i < width; i++) if (values[start + i]! > values[start + best]!) best = i;
  return best;
}

/** NumPy's sum of a contiguous row: in order below 8 values, in 8 interleaved sums up to 128, in halves beyond. */
export function pairwiseSum(values: Float64Array, start: number, count: number): number {
  if (count > 128) {
    const half = Math.floor(count / 16) * 8;
    return pairwiseSum(values, start, half) + pairwiseSum(values, start + half, count - half);
  }
  const [blocked, blocks] = count < 8 ? [0, 0] : [sumOfEight(values, start, count), Math.floor(count / 8) * 8];
  let sum = blocked;
  for (let i = blocks; i < count; i++) sum += values[start + i]!;
  return sum;
}

function sumOfEight(values: Float64Array, start: number, count: number): number {
  const sums = values.slice(start, start + 8);
  for (let i = 8; i + 8 <= count; i += 8) for (let j = 0; j < 8; j++) sums[j]! += values[start + i + j]!;
  const [a, b, c, d, e, f, g, h] = sums as unknown as [number, number, number, number, number, number, number, number];
  return a + b + (c + d) + (e + f + (g + h));
}
