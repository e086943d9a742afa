/*
 * The model registry as a decorator, `app.registry`. Shapes are MLflow's wire shapes (snake_case);
 * versions are strings on the wire and accepted as such. Errors: ResourceDoesNotExist,
 * ResourceAlreadyExists, InvalidParameterValue with MLflow's messages.
 */
export interface KeyValue {
  key: string;
  value: string;
}

export interface AliasEntry {
  alias: string;
  version: string;
}

export interface ModelVersion {
  name: string;
  version: string;
  creation_timestamp: number;
  last_updated_timestamp: number;
  user_id?: string;
  current_stage: string;
  description?: string;
  source?: string;
  run_id?: string;
  run_link?: string;
  model_id?: string;
  status: 'PENDING_REGISTRATION' | 'FAILED_REGISTRATION' | 'READY';
  status_message?: string;
  tags?: KeyValue[];
  aliases?: string[];
}

export interface RegisteredModel {
  name: string;
  creation_timestamp: number;
  last_updated_timestamp: number;
  description?: string;
  latest_versions?: ModelVersion[];
  tags?: KeyValue[];
  aliases?: AliasEntry[];
}

export interface Page<T> {
  items: T[];
  next_page_token?: string;
}

export interface SearchInput {
  filter?: string;
  max_results?: number;
  order_by?: readonly string[];
  page_token?: string;
}

export interface Registry {
  createRegisteredModel(input: { name: string; tags?: readonly KeyValue[]; description?: string }): Promise<RegisteredModel>;
  getRegisteredModel(name: string): Promise<RegisteredModel>;
  renameRegisteredModel(name: string, newName: string): Promise<RegisteredModel>;
  updateRegisteredModel(name: string, description: string | undefined): Promise<RegisteredModel>;
  deleteRegisteredModel(name: string): Promise<void>;
  searchRegisteredModels(input: SearchInput): Promise<Page<RegisteredModel>>;
  getLatestVersions(name: string, stages?: readonly string[]): Promise<ModelVersion[]>;
  setRegisteredModelTag(name: string, key: string, value: string): Promise<void>;
  deleteRegisteredModelTag(name: string, key: string): Promise<void>;
  setAlias(name: string, alias: string, version: string): Promise<void>;
  deleteAlias(name: string, alias: string): Promise<void>;

  createModelVersion(input: {
    name: string;
    source: string;
    run_id?: string;
    run_link?: string;
    tags?: readonly KeyValue[];
    description?: string;
    model_id?: string;
  }): Promise<ModelVersion>;
  getModelVersion(name: string, version: string): Promise<ModelVersion>;
  getModelVersionByAlias(name: string, alias: string): Promise<ModelVersion>;
  /** The location that holds the version's files, `models:/` and `runs:/` sources resolved. */
  getDownloadUri(name: string, version: string): Promise<string>;
  updateModelVersion(name: string, version: string, description: string | undefined): Promise<ModelVersion>;
  transitionStage(input: { name: string; version: string; stage: string; archive_existing_versions: boolean }): Promise<ModelVersion>;
  deleteModelVersion(name: string, version: string): Promise<void>;
  searchModelVersions(input: SearchInput): Promise<Page<ModelVersion>>;
  setModelVersionTag(name: string, version: string, key: string, value: string): Promise<void>;
  deleteModelVersionTag(name: string, version: string, key: string): Promise<void>;
}
