import { InvalidParameterValue, ResourceDoesNotExist } from '../../errors.js';
import type { KeyValue, ModelVersion, Registry } from './registry-contract.js';
import { canonicalStage, IS_PROMPT_TAG, lastByKey } from './registry-validation.js';

export interface SourceInput {
  source: string;
  run_id?: string;
  model_id?: string;
  tags?: readonly KeyValue[];
}

/** Where a source outside the registry lies. Throws InvalidParameterValue for one that its run or logged model does not hold. */
export type ResolveSource = (input: Omit<SourceInput, 'tags'>) => Promise<{ storageLocation: string; modelId?: string; runId?: string }>;

/** What a new version keeps of its source. */
export interface ResolvedSource {
  source: string;
  storageLocation: string;
  runId: string;
  modelId: string | undefined;
}

type Lookup = Pick<Registry, 'getRegisteredModel' | 'getModelVersion' | 'getModelVersionByAlias' | 'getLatestVersions' | 'getDownloadUri'>;

/** A `models:/` URI: a version by number, stage or alias, the newest of a model, or a logged model. */
export type ModelsUri =
  | { kind: 'logged'; modelId: string }
  | { kind: 'version'; name: string; version: string }
  | { kind: 'stage'; name: string; stage: string }
  | { kind: 'alias'; name: string; alias: string };

/** The sources that MLflow's clients give a prompt's version, which has no files. */
const PROMPT_SOURCES = ['dummy-source', 'prompt-template'];

/** Turns sources into locations: those of the registry here, all others through `resolveSource`. */
export function createSourceResolver(lookup: Lookup, resolveSource: ResolveSource) {
  return async (input: SourceInput): Promise<ResolvedSource> => {
    if (lastByKey(input.tags).get(IS_PROMPT_TAG)?.toLowerCase() === 'true') return promptSource(input);
    const uri = /^models:/i.test(input.source) ? parseModelsUri(input.source) : undefined;
    if (uri && uri.kind !== 'logged') return fromVersion(await findVersion(lookup, uri, input.source), input, lookup);
    const found = await resolveSource({ source: input.source, run_id: input.run_id, model_id: input.model_id });
    return { source: input.source, storageLocation: found.storageLocation, runId: input.run_id || found.runId || '', modelId: input.model_id || found.modelId };
  };
}

/** Reads a `models:/` URI. Throws InvalidParameterValue for one of another registry and for one of no known form. */
export function parseModelsUri(uri: string): ModelsUri {
  if (/^models:\/\/[^/]/i.test(uri)) throw new InvalidParameterValue(`Invalid model version source: '${uri}'. Registered model sources must use the active model registry.`);
  const path = /^models:\/+(.+)$/is.exec(uri)?.[1];
  const [first = '', suffix, ...more] = path?.split('/') ?? [];
  if (first.trim() === '' || suffix?.trim() === '' || more.length > 0) throw malformed(uri);
  if (suffix !== undefined) return bySuffix(first, suffix);
  const at = first.lastIndexOf('@');
  if (at < 0) return { kind: 'logged', modelId: first };
  if (first.slice(at + 1).trim() === '') throw malformed(uri);
  return { kind: 'alias', name: first.slice(0, at), alias: first.slice(at + 1) };
}

function bySuffix(name: string, suffix: string): ModelsUri {
  if (/^\d+$/.test(suffix)) return { kind: 'version', name, version: suffix };
  if (suffix.toLowerCase() === 'latest') return { kind: 'alias', name, alias: 'latest' };
  return { kind: 'stage', name, stage: suffix };
}

function malformed(uri: string): Error {
  return new InvalidParameterValue(`Invalid model version source: '${uri}'. The model_id request parameter must identify the resource that contains the source.`);
}

function promptSource({ source, run_id, model_id }: SourceInput): ResolvedSource {
  if (!PROMPT_SOURCES.includes(source)) throw new InvalidParameterValue(`Invalid prompt source: '${source}'. Prompt sources must use an MLflow placeholder.`);
  return { source, storageLocation: source, runId: run_id ?? '', modelId: model_id || undefined };
}

async function findVersion(lookup: Lookup, uri: Exclude<ModelsUri, { kind: 'logged' }>, source: string): Promise<ModelVersion> {
  const model = await lookup.getRegisteredModel(uri.name);
  if (model.tags?.some(({ key, value }) => key === IS_PROMPT_TAG && value.toLowerCase() === 'true')) {
    throw new InvalidParameterValue(`Invalid model version source: '${source}'. Prompt versions cannot be used as model version sources.`);
  }
  if (uri.kind === 'stage') return newestOfStage(lookup, uri.name, uri.stage);
  return uri.kind === 'alias' ? lookup.getModelVersionByAlias(uri.name, uri.alias) : lookup.getModelVersion(uri.name, uri.version);
}

async function newestOfStage(lookup: Lookup, name: string, stage: string): Promise<ModelVersion> {
  const [version] = await lookup.getLatestVersions(name, [canonicalStage(stage)]);
  if (!version) throw new ResourceDoesNotExist(`No versions of model with name '${name}' and stage '${stage}' found`);
  return version;
}

/** A copy of a version: it keeps the version's location, run and logged model, and may not claim others. */
async function fromVersion(version: ModelVersion, { source, run_id, model_id }: SourceInput, lookup: Lookup): Promise<ResolvedSource> {
  const claims = (claimed: string | undefined, actual: string | undefined) => claimed !== undefined && claimed !== (actual ?? '');
  if (claims(run_id, version.run_id) || claims(model_id, version.model_id)) {
    throw new InvalidParameterValue(`Invalid model version source: '${source}'. The run_id and model_id request parameters must match the referenced model version.`);
  }
  return {
    source: `models:/${version.name}/${version.version}`,
    storageLocation: await lookup.getDownloadUri(version.name, version.version),
    runId: version.run_id ?? '',
    modelId: version.model_id,
  };
}
