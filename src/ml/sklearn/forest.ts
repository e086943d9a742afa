import { UnsupportedModelError } from '../errors.js';
import { writeOnnx, type OnnxNode, type OnnxTensor, type ValueInfo } from '../onnx/protobuf.js';
import { treeEnsemble, type DecisionTree } from '../onnx/tree-ensemble.js';
import { attribute, isKind, type ObjectRecord } from '../readers/values.js';
import type { OnnxModel } from './contract.js';
import { classesOf, featureCountOf, featureNamesOf, isBefore, requireKnownVersion, versionOf } from './estimator.js';
import { countsToFractions, countsToFractionsKeepingLabels } from './class-fractions.js';
import { takesMissing } from './missing-values.js';
import { createTakeOnce, readTree } from './tree.js';

/**
 * Random forests, extra trees and single trees as ONNX. scikit-learn casts the features to float32, adds what the trees
 * predict in float64 and in their order, divides by their number, and takes the first of the largest as the label; the
 * graph does the same in the same order.
 */
export function convertTrees(estimator: ObjectRecord): OnnxModel {
  requireKnownVersion(estimator);
  const isClassifier = estimator.className.endsWith('Classifier');
  const featureCount = featureCountOf(estimator);
  const outputs = attribute(estimator, 'n_outputs_');
  if (typeof outputs === 'number' && outputs !== 1) throw new UnsupportedModelError('multi-output', `${estimator.className} predicts ${outputs} outputs at once (multi-output), which is not served. Log one model for each output.`);
  const members = membersOf(estimator);
  const takeOnce = createTakeOnce();
  const trees = members.map((member) => readTree(member, featureCount, takeOnce));
  const classes = isClassifier ? classesOf(estimator) : undefined;
  const width = classes?.length ?? 1;
  if (width < 1 || trees.some((tree) => tree.width !== width)) throw new UnsupportedModelError(estimator.className, `The trees of ${estimator.className} do not predict ${width} values each.`);
  if (isClassifier && isBefore(versionOf(estimator), 1, 4)) trees.forEach(members[0] === estimator ? countsToFractionsKeepingLabels : countsToFractions);
  return {
    onnx: graphOf(trees, featureCount, classes?.length),
    task: isClassifier ? 'classifier' : 'regressor',
    input: { name: 'features', type: 'float64', featureCount, featureNames: featureNamesOf(estimator, featureCount), acceptsMissing: takesMissing(estimator, members[0]!) },
    outputs: isClassifier ? { label: 'label', probabilities: 'probabilities' } : { value: 'value' },
    classes,
    estimator: estimator.className,
    libraryVersion: versionOf(estimator),
  };
}

function membersOf(estimator: ObjectRecord): ObjectRecord[] {
  if (!estimator.className.startsWith('sklearn.ensemble.')) return [estimator];
  const members = attribute(estimator, 'estimators_');
  if (!Array.isArray(members) || members.length === 0) throw new UnsupportedModelError(estimator.className, `The model file holds ${estimator.className} that was not fitted.`);
  return members.map((member) => {
    if (!isKind(member, 'object')) throw new UnsupportedModelError(estimator.className, `The model file holds ${estimator.className} with a member that is no estimator.`);
    return member;
  });
}

function graphOf(trees: readonly DecisionTree[], featureCount: number, classCount: number | undefined): Uint8Array {
  const ensemble = treeEnsemble(trees, { input: 'features32', output: 'sum' });
  const result = classCount === undefined ? 'mean' : 'probabilities';
  const nodes: OnnxNode[] = [{ op: 'Cast', inputs: ['features'], outputs: ['features32'], attributes: { to: 1 } }, ...ensemble.nodes, { op: 'Div', inputs: ['sum', 'tree_count'], outputs: [result] }];
  const initializers: OnnxTensor[] = [...ensemble.initializers, { name: 'tree_count', type: 'float64', dims: [], data: new Float64Array([trees.length]) }];
  const inputs: ValueInfo[] = [{ name: 'features', type: 'float64', dims: ['rows', featureCount] }];
  if (classCount !== undefined) {
    nodes.push({ op: 'ArgMax', inputs: ['probabilities'], outputs: ['label'], attributes: { axis: 1, keepdims: 0, select_last_index: 0 } });
    return writeOnnx({ nodes, initializers, inputs, outputs: [{ name: 'label', type: 'int64', dims: ['rows'] }, { name: 'probabilities', type: 'float64', dims: ['rows', classCount] }] });
  }
  nodes.push({ op: 'Squeeze', inputs: ['mean', 'tree_axis'], outputs: ['value'] });
  return writeOnnx({ nodes, initializers, inputs, outputs: [{ name: 'value', type: 'float64', dims: ['rows'] }] });
}
