import { attribute, type ObjectRecord } from '../readers/values.js';
import { isBefore, versionOf } from './estimator.js';

/**
 * Whether scikit-learn predicts rows with missing values, and does not refuse them. Trees do since 1.3 and forests since 1.4,
 * where the best split was searched; 1.6 added random splits, and 1.9 the criterion absolute_error and monotonic constraints.
 * A forest follows its first tree.
 */
export function takesMissing(estimator: ObjectRecord, tree: ObjectRecord): boolean {
  const since = (minor: number) => !isBefore(versionOf(estimator), 1, minor);
  if (!since(estimator === tree ? 3 : 4)) return false;
  const splitter = attribute(tree, 'splitter');
  const isExtra = tree.className.includes('.ExtraTree');
  if (since(6) ? isExtra && splitter !== 'random' : splitter !== 'best') return false;
  return since(9) || (attribute(tree, 'criterion') !== 'absolute_error' && (attribute(tree, 'monotonic_cst') ?? null) === null);
}
