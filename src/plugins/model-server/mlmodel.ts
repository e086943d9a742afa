import { parse } from 'yaml';
import { UnservableModel } from '../../errors.js';
import { type Signature, parseSignature } from './signature.js';

export type FlavorConfig = Readonly<Record<string, unknown>>;

/** What the file `MLmodel` of a model folder says. */
export interface MlModel {
  flavors: ReadonlyMap<string, FlavorConfig>;
  signature?: Signature;
  runId?: string;
  modelId?: string;
  mlflowVersion?: string;
  createdAt?: string;
  /** The file with the input example, relative to the folder. */
  inputExample?: string;
}

/** Reads the text of an `MLmodel` file. Throws UnservableModel naming the part that is not understood. */
export function parseMlModel(text: string): MlModel {
  const root = asRecord(parseYaml(text));
  const flavors = asRecord(root?.flavors);
  if (!root || !flavors) throw new UnservableModel('The file MLmodel has no "flavors" section, so it does not describe an MLflow model.');
  return {
    flavors: new Map(Object.entries(flavors).map(([name, config]) => [name, asRecord(config) ?? {}])),
    signature: parseSignature(asRecord(root.signature)),
    runId: asText(root.run_id),
    modelId: asText(root.model_id),
    mlflowVersion: asText(root.mlflow_version),
    createdAt: asText(root.utc_time_created),
    inputExample: asText(asRecord(root.saved_input_example_info)?.artifact_path),
  };
}

/** A flavor's text setting, or undefined where it is absent or no text. */
export const textSetting = (config: FlavorConfig | undefined, name: string): string | undefined => asText(config?.[name]);

/* Few aliases: a short file cannot grow into a long one. */
function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 20, prettyErrors: false, logLevel: 'error' });
  } catch (error) {
    throw new UnservableModel(`The file MLmodel is not valid YAML: ${(error as Error).message}`);
  }
}

export function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

const asText = (value: unknown): string | undefined => (typeof value === 'string' || typeof value === 'number' ? String(value) : undefined);
