import type { OnnxNode, OnnxTensor } from './protobuf.js';

/** A binary tree as parallel arrays: node i is a leaf where `left[i]` is negative. */
export interface DecisionTree {
  left: ArrayLike<number>;
  right: ArrayLike<number>;
  feature: ArrayLike<number>;
  threshold: ArrayLike<number>;
  /** Where a missing value goes; 0 or absent means right. */
  missingGoesLeft?: ArrayLike<number>;
  /** What each node predicts, `width` numbers a node. */
  values: Float64Array;
  width: number;
}

/**
 * The largest float32 that is not above a threshold. A float32 feature is below or equal to the one exactly when it is
 * to the other, so that rounding never sends a row into another branch.
 */
export function roundDown(threshold: number): number {
  const near = Math.fround(threshold);
  return near <= threshold ? near : below(near);
}

const bits = new DataView(new ArrayBuffer(4));

function below(value: number): number {
  if (value === 0) return -1.401298464324817e-45;
  bits.setFloat32(0, value);
  bits.setInt32(0, bits.getInt32(0) + (value > 0 ? -1 : 1));
  return bits.getFloat32(0);
}

/**
 * Nodes that turn float32 features [rows, features] into what the leaf of each tree predicts, summed over the trees in
 * float64 and in their order, as scikit-learn adds them: [rows, width]. The ensemble operator only finds the leaf (its
 * number, exact in float32 up to 2^24 leaves a tree); the values are then gathered and added.
 */
export function treeEnsemble(trees: readonly DecisionTree[], { input, output }: { input: string; output: string }): { nodes: OnnxNode[]; initializers: OnnxTensor[] } {
  const table = createTable();
  const orders = trees.map((tree, target) => table.add(tree, target));
  const offsets = new BigInt64Array(trees.length);
  const leaves = orders.reduce((count, order, target) => {
    offsets[target] = BigInt(count);
    return count + order.length;
  }, 0);
  const width = trees[0]!.width;
  const values = new Float64Array(leaves * width);
  let at = 0;
  trees.forEach((tree, target) => {
    for (const node of orders[target]!) for (let i = 0; i < width; i++) values[at++] = tree.values[node * width + i]!;
  });
  return {
    initializers: [
      { name: 'leaf_offsets', type: 'int64', dims: [trees.length], data: offsets },
      { name: 'leaf_values', type: 'float64', dims: [leaves, width], data: values },
      { name: 'tree_axis', type: 'int64', dims: [1], data: new BigInt64Array([1n]) },
    ],
    nodes: [
      { op: 'TreeEnsemble', domain: 'ai.onnx.ml', inputs: [input], outputs: ['leaf_in_tree'], attributes: table.attributes(trees.length) },
      { op: 'Cast', inputs: ['leaf_in_tree'], outputs: ['leaf_number'], attributes: { to: 7 } },
      { op: 'Add', inputs: ['leaf_number', 'leaf_offsets'], outputs: ['leaf'] },
      { op: 'Gather', inputs: ['leaf_values', 'leaf'], outputs: ['tree_values'], attributes: { axis: 0 } },
      { op: 'ReduceSum', inputs: ['tree_values', 'tree_axis'], outputs: [output], attributes: { keepdims: 0 } },
    ],
  };
}

function createTable() {
  const columns = { feature: [] as number[], split: [] as number[], missing: [] as number[], trueId: [] as number[], trueLeaf: [] as number[], falseId: [] as number[], falseLeaf: [] as number[] };
  const leafWeights: number[] = [];
  const leafTargets: number[] = [];
  const roots: number[] = [];

  function addLeaf(order: number[], node: number, target: number): number {
    leafWeights.push(order.length);
    leafTargets.push(target);
    order.push(node);
    return leafWeights.length - 1;
  }
  function addBranch(tree: DecisionTree, node: number): number {
    columns.feature.push(tree.feature[node]!);
    columns.split.push(roundDown(tree.threshold[node]!));
    columns.missing.push(tree.missingGoesLeft?.[node] ? 1 : 0);
    for (const name of ['trueId', 'trueLeaf', 'falseId', 'falseLeaf'] as const) columns[name].push(0);
    return columns.feature.length - 1;
  }

  return {
    /** Adds a tree; answers its leaves' nodes in the order of their numbers. */
    add(tree: DecisionTree, target: number): number[] {
      const order: number[] = [];
      roots.push(columns.feature.length);
      if (tree.left[0]! < 0) {
        addStump(order, target);
        return order;
      }
      const waiting = [{ node: 0, row: addBranch(tree, 0) }];
      for (let next = waiting.pop(); next; next = waiting.pop()) {
        for (const side of ['true', 'false'] as const) {
          const child = (side === 'true' ? tree.left : tree.right)[next.node]!;
          const isLeaf = tree.left[child]! < 0;
          const id = isLeaf ? addLeaf(order, child, target) : addBranch(tree, child);
          columns[`${side}Id`][next.row] = id;
          columns[`${side}Leaf`][next.row] = isLeaf ? 1 : 0;
          if (!isLeaf) waiting.push({ node: child, row: id });
        }
      }
      return order;
    },
    attributes: (targets: number) => ({
      n_targets: targets,
      aggregate_function: 1,
      post_transform: 0,
      tree_roots: roots,
      nodes_featureids: columns.feature,
      nodes_splits: { type: 'float32' as const, dims: [columns.split.length], data: Float32Array.from(columns.split) },
      nodes_modes: { type: 'uint8' as const, dims: [columns.feature.length], data: new Uint8Array(columns.feature.length) },
      nodes_missing_value_tracks_true: columns.missing,
      nodes_truenodeids: columns.trueId,
      nodes_trueleafs: columns.trueLeaf,
      nodes_falsenodeids: columns.falseId,
      nodes_falseleafs: columns.falseLeaf,
      leaf_targetids: leafTargets,
      leaf_weights: { type: 'float32' as const, dims: [leafWeights.length], data: Float32Array.from(leafWeights) },
    }),
  };

  /** A tree of one leaf: the operator wants a branch, so both of its sides are that leaf. */
  function addStump(order: number[], target: number): void {
    const row = addBranch({ left: [], right: [], feature: [0], threshold: [0], values: new Float64Array(), width: 0 }, 0);
    columns.trueId[row] = addLeaf(order, 0, target);
    columns.falseId[row] = addLeaf(order, 0, target);
    columns.trueLeaf[row] = columns.falseLeaf[row] = 1;
  }
}
