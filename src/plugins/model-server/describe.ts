import { asRecord, type MlModel } from './mlmodel.js';
import type { LoadedModel } from './loaded-model.js';
import type { Schema, Signature } from './signature.js';

export interface InputDescription {
  name?: string;
  type: string;
  required?: boolean;
  shape?: readonly number[];
}

export interface SignatureDescription {
  inputs: InputDescription[] | null;
  outputs: InputDescription[] | null;
  params: { name: string; type: string; default: unknown; list: boolean }[] | null;
}

/** Whether a model answers, and if not, why. */
export type ModelState = { state: 'ready' | 'loading' } | { state: 'unservable'; reason: string };

/** A signature as the metadata route shows it. */
export function describeSignature(signature: Signature | undefined): SignatureDescription | null {
  if (!signature) return null;
  return {
    inputs: describeSchema(signature.inputs),
    outputs: describeSchema(signature.outputs),
    params: signature.params?.map(({ name, type, default: value, list }) => ({ name, type: type.name, default: value, list })) ?? null,
  };
}

/** What the model's own files say. */
export function describeFiles(mlModel: MlModel | undefined, example: unknown) {
  return {
    flavors: mlModel ? [...mlModel.flavors.keys()] : [],
    signature: describeSignature(mlModel?.signature),
    input_example: example ?? null,
    mlflow_version: mlModel?.mlflowVersion ?? null,
    logged_at: mlModel?.createdAt ?? null,
  };
}

/** What is known of a model once it is loaded. */
export const describeLoaded = (model: LoadedModel | undefined) => ({
  flavor: model?.flavor ?? null,
  estimator: model?.estimator ?? null,
  task: model?.task ?? null,
  library: model ? { name: model.library.name, version: model.library.version ?? null } : null,
});

/** The columns or tensors of an input example file, as data; undefined where it is not valid JSON. */
export function parseExample(bytes: Uint8Array): unknown {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return asRecord(value) || Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function describeSchema(schema: Schema | undefined): InputDescription[] | null {
  if (!schema) return null;
  if (schema.kind === 'columns') return schema.columns.map(({ name, type, required }) => ({ name, type: type.name, required }));
  return schema.tensors.map(({ name, type, shape }) => ({ name, type: type.name, shape }));
}
