import type { KeyValue, Page } from './registry-contract.js';

/*
 * Experiments, runs, metrics and logged models as a decorator, `app.tracking`. Shapes are MLflow's wire shapes.
 * Errors: ResourceDoesNotExist, ResourceAlreadyExists, InvalidParameterValue, InvalidState with MLflow's messages.
 */
export type ViewType = 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL';
export type RunStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED';

/** A value that is already the JSON text of its answer, as runs are kept that way. */
export type JsonText = string;

export interface Experiment {
  experiment_id: string;
  name: string;
  artifact_location: string;
  lifecycle_stage: string;
  last_update_time: number;
  creation_time: number;
  tags?: KeyValue[];
}

export interface MetricPoint {
  key: string;
  value: number;
  timestamp: number;
  step: number;
  model_id?: string;
  dataset_name?: string;
  dataset_digest?: string;
}

export interface DatasetInput {
  tags?: readonly KeyValue[];
  dataset?: { name?: string; digest?: string; source_type?: string; source?: string; schema?: string; profile?: string };
}

export interface LoggedModel {
  info: {
    model_id: string;
    experiment_id: string;
    name: string;
    creation_timestamp_ms: number;
    last_updated_timestamp_ms: number;
    artifact_uri: string;
    status: string;
    model_type?: string;
    source_run_id?: string;
    status_message?: string;
    tags?: KeyValue[];
  };
  data: { params?: KeyValue[]; metrics?: Record<string, unknown>[] };
}

export interface LoggedModelSearch {
  experiment_ids: readonly string[];
  filter?: string;
  datasets?: readonly { dataset_name?: string; dataset_digest?: string }[];
  max_results?: number;
  order_by?: readonly { field_name?: string; ascending?: boolean; dataset_name?: string; dataset_digest?: string }[];
  page_token?: string;
}

export interface ExperimentStore {
  createExperiment(input: { name: string; artifact_location?: string; tags?: readonly KeyValue[] }): Promise<string>;
  getExperiment(id: string): Promise<Experiment>;
  getExperimentByName(name: string): Promise<Experiment>;
  searchExperiments(input: { filter?: string; max_results?: number; order_by?: readonly string[]; page_token?: string; view_type?: ViewType }): Promise<Page<Experiment>>;
  updateExperiment(id: string, name: string | undefined): Promise<void>;
  deleteExperiment(id: string): Promise<void>;
  restoreExperiment(id: string): Promise<void>;
  setExperimentTag(id: string, key: string, value: string): Promise<void>;
  deleteExperimentTag(id: string, key: string): Promise<void>;
}

export interface RunStore {
  /** The new run as JSON text. */
  createRun(input: { experiment_id: string; user_id?: string; run_name?: string; start_time?: number; tags?: readonly KeyValue[] }): Promise<JsonText>;
  /** `{info, data, inputs, outputs}` as JSON text. */
  getRun(runId: string): Promise<JsonText>;
  /** The run's info as JSON text. */
  updateRun(input: { run_id: string; status?: RunStatus; end_time?: number; run_name?: string }): Promise<JsonText>;
  deleteRun(runId: string): Promise<void>;
  restoreRun(runId: string): Promise<void>;
  logBatch(input: { run_id: string; metrics?: readonly MetricPoint[]; params?: readonly KeyValue[]; tags?: readonly KeyValue[] }): Promise<void>;
  deleteTag(runId: string, key: string): Promise<void>;
  logInputs(input: { run_id: string; datasets?: readonly DatasetInput[]; models?: readonly { model_id: string }[] }): Promise<void>;
  logOutputs(input: { run_id: string; models: readonly { model_id: string; step?: number }[] }): Promise<void>;
  searchRuns(input: { experiment_ids: readonly string[]; filter?: string; max_results?: number; order_by?: readonly string[]; page_token?: string; run_view_type?: ViewType }): Promise<{ runs: JsonText[]; next_page_token?: string }>;
  metricHistory(input: { run_id: string; metric_key: string; max_results?: number; page_token?: string }): Promise<{ metrics: { key: string; value: number | string; timestamp: number; step: number }[]; next_page_token?: string }>;
  /** Where a run's artifacts are. */
  artifactUri(runId: string): Promise<string>;
}

export interface LoggedModelStore {
  createLoggedModel(input: { experiment_id: string; name?: string; model_type?: string; source_run_id?: string; params?: readonly KeyValue[]; tags?: readonly KeyValue[] }): Promise<LoggedModel>;
  getLoggedModel(modelId: string, allowDeleted?: boolean): Promise<LoggedModel>;
  finalizeLoggedModel(modelId: string, status: string): Promise<LoggedModel>;
  deleteLoggedModel(modelId: string): Promise<void>;
  searchLoggedModels(input: LoggedModelSearch): Promise<Page<LoggedModel>>;
  setLoggedModelTags(modelId: string, tags: readonly KeyValue[]): Promise<void>;
  deleteLoggedModelTag(modelId: string, key: string): Promise<void>;
  logLoggedModelParams(modelId: string, params: readonly KeyValue[]): Promise<void>;
}

export type Tracking = ExperimentStore & RunStore & LoggedModelStore;
