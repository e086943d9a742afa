import { UnsupportedModelError } from '../errors.js';
import type { DecisionTree } from '../onnx/tree-ensemble.js';
import { fieldNumbers, numbers } from '../readers/ndarray.js';
import { attribute, isKind, type NdArray, type ObjectRecord } from '../readers/values.js';

const damaged = (what: string) => new UnsupportedModelError('sklearn.tree._tree.Tree', `The model file holds a tree that cannot be read: ${what}.`);

/** The deepest tree that is served: ONNX Runtime walks a tree by recursion when it opens a model, and its stack must hold that. */
const MAX_DEPTH = 2000;

/** Tells an array that was met before, so that a small file cannot claim its few bytes as the nodes of many trees. */
export type TakeOnce = (array: NdArray) => void;

export function createTakeOnce(): TakeOnce {
  const taken = new Map<ArrayBufferLike, Set<number>>();
  return ({ bytes }) => {
    const offsets = taken.get(bytes.buffer) ?? new Set();
    if (offsets.has(bytes.byteOffset)) throw damaged('two trees share their nodes');
    taken.set(bytes.buffer, offsets.add(bytes.byteOffset));
  };
}

/** The tree of a fitted tree estimator, whose nodes predict what the file says: counts or fractions of a class, or a value. */
export function readTree(estimator: ObjectRecord, featureCount: number, takeOnce: TakeOnce): DecisionTree {
  const tree = attribute(estimator, 'tree_');
  if (!isKind(tree, 'object')) throw damaged('the estimator was not fitted');
  const nodes = attribute(tree, 'nodes');
  const values = attribute(tree, 'values');
  if (!isKind(nodes, 'ndarray') || !isKind(values, 'ndarray')) throw damaged('it has no nodes');
  [nodes, values].forEach(takeOnce);
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
  return result;
}

/** Every child lies behind its one parent and every feature exists, so that the tree ends, is no larger than its nodes, and reads nothing else. */
function checkStructure({ left, right, feature }: DecisionTree, count: number, featureCount: number): void {
  if (count < 1) throw damaged('it has no nodes');
  const depths = new Uint16Array(count);
  for (let node = 0; node < count; node++) {
    if (left[node]! < 0) continue;
    for (const child of [left[node]!, right[node]!]) {
      if (!(Number.isInteger(child) && child > node && child < count)) throw damaged('a node has an impossible child');
      if (depths[child]! > 0) throw damaged('a node has two parents');
      depths[child] = depths[node]! + 1;
      if (depths[child]! > MAX_DEPTH) throw damaged(`it is deeper than ${MAX_DEPTH} levels`);
    }
    if (!(Number.isInteger(feature[node]!) && feature[node]! >= 0 && feature[node]! < featureCount)) throw damaged('a node tests a feature that is not there');
  }
}
