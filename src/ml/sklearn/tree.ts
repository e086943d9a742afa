import { UnsupportedModelError } from '../errors.js';
import type { DecisionTree } from '../onnx/tree-ensemble.js';
import { fieldNumbers, numbers } from '../readers/ndarray.js';
import { attribute, isKind, type ObjectRecord, type Value } from '../readers/values.js';
import { isBefore, versionOf } from './estimator.js';

const damaged = (what: string) => new UnsupportedModelError('sklearn.tree._tree.Tree', `The model file holds a tree that cannot be read: ${what}.`);

/**
 * The tree of a fitted tree estimator. What a node predicts is normalised as scikit-learn does it: up to 1.2 a
 * classifier's nodes hold counts, from 1.3 on fractions.
 */
export function readTree(estimator: ObjectRecord, isClassifier: boolean, featureCount: number): DecisionTree {
  const tree = attribute(estimator, 'tree_');
  if (!isKind(tree, 'object')) throw damaged('the estimator was not fitted');
  const nodes = attribute(tree, 'nodes');
  const values = attribute(tree, 'values');
  if (!isKind(nodes, 'ndarray') || !isKind(values, 'ndarray')) throw damaged('it has no nodes');
  const [count = 0, outputs = 0, width = 0] = values.shape;
  if (outputs !== 1) throw new UnsupportedModelError('multi-output', `The model predicts ${outputs} outputs at once (multi-output), which is not served. Log one model for each output.`);
  const column = (name: string) => {
    const found = fieldNumbers(nodes, name);
    if (!found || found.length !== count) throw damaged(`its nodes have no field "${name}"`);
    return found;
  };
  const result: DecisionTree = {
    left: column('left_child'), right: column('right_child'), feature: column('feature'), threshold: column('threshold'),
    missingGoesLeft: fieldNumbers(nodes, 'missing_go_to_left'), values: numbers(values), width,
  };
  checkStructure(result, count, featureCount);
  if (isClassifier && isBefore(versionOf(estimator), 1, 3)) normaliseRows(result.values, width);
  return result;
}

/** Every child lies behind its parent and every feature exists, so that the tree ends and reads nothing else. */
function checkStructure({ left, right, feature }: DecisionTree, count: number, featureCount: number): void {
  if (count < 1) throw damaged('it has no nodes');
  for (let node = 0; node < count; node++) {
    if (left[node]! < 0) continue;
    if (!(left[node]! > node && left[node]! < count && right[node]! > node && right[node]! < count)) throw damaged('a node has an impossible child');
    if (!(feature[node]! >= 0 && feature[node]! < featureCount)) throw damaged('a node tests a feature that is not there');
  }
}

function normaliseRows(values: Float64Array, width: number): void {
  for (let start = 0; start < values.length; start += width) {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += values[start + i]!;
    for (let i = 0; i < width; i++) values[start + i]! /= sum === 0 ? 1 : sum;
  }
}

/** Whether a row with missing values is accepted: since 1.3 for trees, 1.4 for random forests, 1.6 for extra trees. */
export function takesMissing(estimator: ObjectRecord, tree: Value | undefined): boolean {
  const nodes = isKind(tree, 'object') ? attribute(tree, 'nodes') : undefined;
  if (!isKind(nodes, 'ndarray') || !nodes.dtype.fields?.some(({ name }) => name === 'missing_go_to_left')) return false;
  const name = estimator.className;
  const monotonic = attribute(estimator, 'monotonic_cst');
  if (monotonic !== undefined && monotonic !== null) return false;
  if (attribute(estimator, 'criterion') === 'absolute_error') return false;
  const minor = name.includes('ExtraTree') ? 6 : name.includes('RandomForest') ? 4 : 3;
  return !isBefore(versionOf(estimator), 1, minor);
}
