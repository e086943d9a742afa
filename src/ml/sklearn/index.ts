import { UnsupportedModelError } from '../errors.js';
import { unknownClass } from '../readers/globals.js';
import { readPickle } from '../readers/pickle.js';
import { readSkops } from '../readers/skops.js';
import { isKind } from '../readers/values.js';
import type { ConvertSklearn } from './contract.js';
import { convertTrees } from './forest.js';

const TREES = /^sklearn\.(ensemble\._forest|tree\._classes)\.(RandomForest|ExtraTrees?|DecisionTree)(Classifier|Regressor)$/;

/**
 * Reads a scikit-learn model as data and turns it into ONNX: RandomForest, ExtraTrees, DecisionTree and ExtraTree,
 * classifiers and regressors, fitted by scikit-learn 1.2 or later. Throws UnsupportedModelError for any other.
 */
export const convertSklearn: ConvertSklearn = (bytes, format) => {
  try {
    return convert(bytes, format);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    throw new UnsupportedModelError('damaged model file', 'The model file is damaged: its parts do not fit each other.');
  }
};

const convert: ConvertSklearn = (bytes, format) => {
  const model = format === 'skops' ? readSkops(bytes) : readPickle(bytes);
  if (!isKind(model, 'object')) throw unknownClass(isKind(model, 'class') ? model.name : `a ${Array.isArray(model) ? 'list' : typeof model}`);
  if (!TREES.test(model.className)) throw unknownClass(model.className);
  return convertTrees(model);
};
