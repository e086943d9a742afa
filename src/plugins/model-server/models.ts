import { BadRequest, InvalidParameterValue, ResourceDoesNotExist, UnservableModel } from '../../errors.js';
import type { Artifacts } from '../artifact-store/store.js';
import type { ModelVersion, Registry } from '../tracking-store/registry-contract.js';
import type { ModelDescription, ModelReference, Models, ServedVersion } from './contract.js';
import { describeFiles, describeLoaded, parseExample } from './describe.js';
import { kindOf } from './frame.js';
import { loadModel, readMlModel } from './load-model.js';
import type { LoadedModel } from './loaded-model.js';
import { type MlModel, asRecord } from './mlmodel.js';
import type { ModelCache } from './model-cache.js';
import { type ModelFolder, openModelFolder } from './model-folder.js';
import { enforceParams } from './params.js';
import { type ScoringRequest, readScoringRequest } from './scoring-request.js';

export interface ModelsParts {
  registry: Registry;
  artifacts: Artifacts;
  cache: ModelCache;
  /** The largest model file that is read. */
  maxModelBytes: number;
}

const MAX_EXAMPLE_BYTES = 2 ** 20;
const DESCRIBE_WAITS_MS = 2000;

/** The decorator `app.models` over its parts. */
export function createModels(parts: ModelsParts): Models {
  const use = <T>(version: ModelVersion, work: (model: LoadedModel) => T | Promise<T>): Promise<T> =>
    parts.cache.use(keyOf(version), async () => loadModel(await folderOf(parts, version), parts.maxModelBytes), work);
  return {
    async invoke(reference, body) {
      const request = readScoringRequest(body);
      const version = await resolve(parts.registry, reference);
      const predictions = await use(version, async (model) => {
        enforceParams(model.params, request.params);
        const { rows, tensors, framed } = model.readInput(request);
        return rows === 0 ? [] : model.invoke(tensors, framed);
      });
      return { model: servedVersion(version, reference), predictions };
    },
    async predict(reference, records) {
      const request = readRecords(records);
      const version = await resolve(parts.registry, reference);
      const predictions = await use(version, async (model) => {
        const { rows, tensors } = model.readInput(request);
        return rows === 0 ? [] : model.predict(tensors);
      });
      return { model: servedVersion(version, reference), predictions };
    },
    async describe(reference) {
      const version = await resolve(parts.registry, reference);
      const folder = await folderOf(parts, version).catch(refusal);
      const loaded = use(version, (model) => model);
      const [files, state] = await Promise.all([readFiles(folder), stateOf(loaded)]);
      return { ...servedVersion(version, reference), aliases: version.aliases ?? [], model_id: version.model_id ?? null, description: version.description ?? null, ...state, ...files };
    },
  };
}

function readRecords(body: unknown): ScoringRequest {
  if (body instanceof Uint8Array) return readScoringRequest(body);
  const data = asRecord(body) ? [body] : body;
  if (!Array.isArray(data)) throw new BadRequest(`The input must be a JSON array of records, or one record. Got ${kindOf(data)}.`);
  return { format: 'dataframe_records', data };
}

/** MLflow calls an unknown alias an invalid value; in a path it is a resource that is not there. */
async function resolve(registry: Registry, reference: ModelReference): Promise<ModelVersion> {
  if (!('alias' in reference)) return registry.getModelVersion(reference.name, reference.version);
  try {
    return await registry.getModelVersionByAlias(reference.name, reference.alias);
  } catch (error) {
    throw error instanceof InvalidParameterValue ? new ResourceDoesNotExist(error.message) : error;
  }
}

/* A deleted version's number can come back with other files: the time and the place of its making tell the two apart. */
const keyOf = ({ name, version, creation_timestamp, source }: ModelVersion): string => JSON.stringify([name, version, creation_timestamp, source]);

async function folderOf({ registry, artifacts }: ModelsParts, { name, version }: ModelVersion): Promise<ModelFolder> {
  const uri = await registry.getDownloadUri(name, version);
  if (!artifacts.owns(uri)) throw new UnservableModel(`The model's files are at ${uri}, which this server does not keep; log the model to an experiment whose artifacts it serves.`);
  return openModelFolder(artifacts.store, artifacts.locate(uri));
}

const servedVersion = ({ name, version, run_id }: ModelVersion, reference: ModelReference): ServedVersion => ({
  name,
  version,
  alias: 'alias' in reference ? reference.alias : null,
  run_id: run_id || null,
});

type DescribedState = Pick<ModelDescription, 'state' | 'reason' | 'flavor' | 'estimator' | 'task' | 'library'>;

/** Waits a moment for the model, so that the answer is seldom `loading`. */
async function stateOf(loading: Promise<LoadedModel>): Promise<DescribedState> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((done) => (timer = setTimeout(() => done(undefined), DESCRIBE_WAITS_MS)));
  try {
    const model = await Promise.race([loading, late]);
    return { state: model ? 'ready' : 'loading', reason: null, ...describeLoaded(model) };
  } catch (error) {
    return { state: 'unservable', reason: refusal(error).message, ...describeLoaded(undefined) };
  } finally {
    clearTimeout(timer);
    loading.catch(() => undefined);
  }
}

async function readFiles(folder: ModelFolder | Error) {
  if (folder instanceof Error) return describeFiles(undefined, undefined);
  const mlModel = await readMlModel(folder).catch(refusal);
  return mlModel instanceof Error ? describeFiles(undefined, undefined) : describeFiles(mlModel, await readExample(folder, mlModel));
}

async function readExample(folder: ModelFolder, { inputExample }: MlModel): Promise<unknown> {
  const bytes = inputExample === undefined ? undefined : await folder.read(inputExample, MAX_EXAMPLE_BYTES).catch(refusal);
  return bytes instanceof Uint8Array ? parseExample(bytes) : undefined;
}

/** The refusal of a model, which a description reports; any other fault goes on. */
function refusal(error: unknown): UnservableError {
  if (error instanceof UnservableModel) return error;
  throw error;
}

type UnservableError = InstanceType<typeof UnservableModel>;
