import type { RowPrediction } from './loaded-model.js';

/** A model of the registry, addressed by alias or by version. */
export type ModelReference = { name: string; alias: string } | { name: string; version: string };

/** The version that answered. */
export interface ServedVersion {
  name: string;
  version: string;
  /** The alias that the request used, else null. */
  alias: string | null;
  run_id: string | null;
}

export interface ModelDescription extends ServedVersion {
  aliases: readonly string[];
  model_id: string | null;
  description: string | null;
  state: 'ready' | 'loading' | 'unservable';
  /** Why the model cannot be served. */
  reason: string | null;
  flavor: string | null;
  estimator: string | null;
  task: string | null;
  library: { name: string; version: string | null } | null;
  flavors: readonly string[];
  signature: unknown;
  input_example: unknown;
  mlflow_version: string | null;
  logged_at: string | null;
}

/** The decorator `app.models`. Every call asks the registry, so a moved alias changes what the next one gets. */
export interface Models {
  /** MLflow's scoring protocol: an object of JSON, or the bytes of a CSV. Throws InvalidParameterValue or BadRequest for bad input, ResourceDoesNotExist, UnservableModel. */
  invoke(reference: ModelReference, body: unknown): Promise<{ model: ServedVersion; predictions: unknown }>;
  /** One answer for each record of a list, for one bare record, or for each row of a CSV's bytes. Throws as `invoke` does. */
  predict(reference: ModelReference, records: unknown): Promise<{ model: ServedVersion; predictions: RowPrediction[] }>;
  /** What is known of a model, served or not. */
  describe(reference: ModelReference): Promise<ModelDescription>;
}
