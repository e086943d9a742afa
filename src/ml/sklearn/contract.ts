/** How the bytes of a scikit-learn model were saved, as MLmodel's `serialization_format` names it. */
export type SklearnFormat = 'pickle' | 'cloudpickle' | 'skops';

export type ClassLabel = string | number | boolean;

/** A model turned into ONNX. The graph has one input of shape [rows, featureCount]. */
export interface OnnxModel {
  onnx: Uint8Array;
  task: 'classifier' | 'regressor';
  input: { name: string; type: 'float32' | 'float64'; featureCount: number; featureNames?: string[]; /** True when the estimator takes NaN as a missing value; otherwise such a row is refused. */ acceptsMissing?: boolean };
  /** Classifier: the index into `classes` (int64, [rows]) and probabilities (float64, [rows, classes]). Regressor: the value (float64, [rows]). */
  outputs: { label?: string; probabilities?: string; value?: string };
  classes?: ClassLabel[];
  /** The class of the estimator that was read, for example `sklearn.ensemble._forest.RandomForestClassifier`. */
  estimator: string;
  libraryVersion?: string;
}

/** Reads a saved scikit-learn model as data and converts it. Throws UnsupportedModelError; never imports, calls or evaluates anything of the file. */
export type ConvertSklearn = (bytes: Uint8Array, format: SklearnFormat) => OnnxModel;
