import { InvalidParameterValue } from '../../errors.js';
import type { Artifacts } from '../artifact-store/store.js';
import type { LoggedModelStore, RunStore } from './contract.js';
import type { ResolveSource } from './registry-source.js';
import { checkArtifactLocation } from './validation.js';

type Stores = Pick<RunStore, 'artifactUri'> & Pick<LoggedModelStore, 'getLoggedModel'>;

/**
 * Makes the resolver of a model version's source: `models:/m-<id>` is its logged model's location, `runs:/<id>/path` is
 * below that run's artifacts, any other location must lie inside the artifacts of the named run or logged model, or be
 * one that the server itself never reads. Throws InvalidParameterValue for a source that points elsewhere.
 */
export function createResolveSource(stores: Stores, artifacts: Artifacts): ResolveSource {
  return async ({ source, run_id: runId, model_id: modelId }) => {
    const refuse = (rule: string) => new InvalidParameterValue(`Invalid model version source: '${source}'. ${rule}`);
    refuseHidden(source);
    const logged = /^models:\/+(m-[\w-]+)$/.exec(source)?.[1];
    if (logged) return fromLoggedModel(stores, logged, modelId, refuse);
    if (/^models:/i.test(source)) throw refuse('It names neither a logged model (models:/m-<id>) nor a registered version (models:/name/version).');
    if (/^runs:/i.test(source)) return fromRun(stores, source, runId, refuse);
    await requireInside(stores, artifacts, { source, runId, modelId }, refuse);
    return { storageLocation: source, runId, modelId };
  };
}

type Refuse = (rule: string) => Error;

async function fromLoggedModel(stores: Stores, logged: string, modelId: string | undefined, refuse: Refuse) {
  if (modelId && modelId !== logged) throw refuse(`It names another logged model than model_id='${modelId}'.`);
  const { info } = await stores.getLoggedModel(logged);
  return { storageLocation: info.artifact_uri, modelId: logged, runId: info.source_run_id };
}

async function fromRun(stores: Stores, source: string, runId: string | undefined, refuse: Refuse) {
  const parts = /^runs:\/+([^/]+)\/(.+)$/.exec(source);
  if (!parts) throw refuse('It must be of the form runs:/<run_id>/path.');
  const [, named, path] = parts;
  if (runId && runId !== named) throw refuse(`It names another run than run_id='${runId}'.`);
  return { storageLocation: `${await stores.artifactUri(named!)}/${path}`, runId: named };
}

async function requireInside(stores: Stores, artifacts: Artifacts, { source, runId, modelId }: { source: string; runId?: string; modelId?: string }, refuse: Refuse): Promise<void> {
  const remote = /^[a-z][a-z0-9+.-]*:/i.test(source) && !/^(file|mlflow-artifacts):/i.test(source);
  if (remote && !artifacts.owns(source)) return;
  const roots = [...(runId ? [await stores.artifactUri(runId)] : []), ...(modelId ? [(await stores.getLoggedModel(modelId)).info.artifact_uri] : [])];
  const path = artifacts.owns(source) ? artifacts.locate(source) : source;
  const inside = roots.some((root) => within(artifacts.owns(root) ? artifacts.locate(root) : root, path));
  if (!inside) throw refuse("To use a local or proxied path as a model version source, the run_id or model_id request parameter has to be specified and the path has to be contained within that run's or logged model's artifact directory.");
}

const within = (root: string, path: string): boolean => path === root || path.startsWith(`${root.replace(/\/$/, '')}/`);

function refuseHidden(source: string): void {
  try {
    checkArtifactLocation(source);
  } catch (error) {
    throw new InvalidParameterValue(`Invalid model version source: '${source}'. ${(error as Error).message}`);
  }
}
