import { UnsupportedModelError } from '../errors.js';
import { elements } from '../readers/ndarray.js';
import { attribute, isKind, type ObjectRecord, type Value } from '../readers/values.js';
import type { ClassLabel } from './contract.js';

/** The scikit-learn that fitted the estimator, such as `1.9.1`. */
export function versionOf(estimator: ObjectRecord): string | undefined {
  const version = attribute(estimator, '_sklearn_version');
  return typeof version === 'string' ? version : undefined;
}

/** True for a version before major.minor; an unknown version counts as new. */
export function isBefore(version: string | undefined, major: number, minor: number): boolean {
  const parts = /^(\d+)\.(\d+)/.exec(version ?? '');
  return parts !== null && (Number(parts[1]) < major || (Number(parts[1]) === major && Number(parts[2]) < minor));
}

/** Refuses what was fitted by a scikit-learn whose files were never compared. */
export function requireKnownVersion(estimator: ObjectRecord): void {
  const version = versionOf(estimator);
  if (version && isBefore(version, 1, 2)) throw new UnsupportedModelError(`scikit-learn ${version}`, `The model was fitted by scikit-learn ${version}; served are models of 1.2 and later. Fit and log it again with a newer one.`);
}

/** The number of features that the estimator was fitted with. */
export function featureCountOf(estimator: ObjectRecord): number {
  const count = attribute(estimator, 'n_features_in_');
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 1 || count > 1_000_000) throw new UnsupportedModelError(estimator.className, `The model file holds ${estimator.className} that was not fitted.`);
  return count;
}

/** The names of the features, where it was fitted with a table. */
export function featureNamesOf(estimator: ObjectRecord, featureCount: number): string[] | undefined {
  const names = attribute(estimator, 'feature_names_in_');
  if (!isKind(names, 'ndarray')) return undefined;
  const texts: Value[] = elements(names);
  if (texts.length !== featureCount || !texts.every((text): text is string => typeof text === 'string')) throw new UnsupportedModelError('feature_names_in_', `The model file holds ${estimator.className} whose feature_names_in_ are not ${featureCount} texts.`);
  return texts;
}

/** The labels of a classifier, in the order of its probabilities. */
export function classesOf(estimator: ObjectRecord): ClassLabel[] {
  const classes = attribute(estimator, 'classes_');
  if (Array.isArray(classes)) throw new UnsupportedModelError('multi-output', 'The model predicts several outputs at once (multi-output), which is not served. Log one model for each output.');
  if (!isKind(classes, 'ndarray')) throw new UnsupportedModelError(estimator.className, `The model file holds ${estimator.className} that was not fitted.`);
  return elements(classes).map((label) => {
    if (typeof label === 'string' || typeof label === 'number' || typeof label === 'boolean') return label;
    throw new UnsupportedModelError('class labels', 'The model has class labels that are neither texts, numbers nor booleans.');
  });
}
