import { readIris, readModel, readSearches, type Iris, type Search } from './fixtures.js';
import type { Http } from './http.js';
import type { Narrator } from './narrator.js';
import * as registry from './registry.js';
import * as tracking from './tracking.js';

const experimentName = 'iris';
const modelName = 'iris_model';
const alias = 'champion';
const metric = 'test_accuracy';

interface Candidate {
  scoring: Search['scoring'];
  runId: string;
  model: tracking.LoggedModel;
  version: string;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const kilobytes = (bytes: number) => `${Math.round(bytes / 1000).toLocaleString('en')} kB`;

async function logSearch(http: Http, narrator: Narrator, experimentId: string, search: Search): Promise<string> {
  return narrator.step(`Log a search by ${search.scoring} with ${search.trials.length} nested trials`, async () => {
    const runId = await tracking.logSearch(http, experimentId, search);
    return { value: runId, url: tracking.runAddress(http, runId) };
  });
}

async function logModel(http: Http, narrator: Narrator, experimentId: string, runId: string, scoring: string): Promise<tracking.LoggedModel> {
  const files = await readModel(`iris_${scoring}`);
  return narrator.step(`Upload its best forest, ${files.length} files as MLflow saved them`, async () => {
    const model = await tracking.logModel(http, experimentId, runId, `iris_${scoring}`, files);
    return { value: model, found: `${kilobytes(model.bytes)} in model ${model.id}`, url: tracking.loggedModelAddress(http, model.id) };
  });
}

async function register(http: Http, narrator: Narrator, runId: string, model: tracking.LoggedModel): Promise<string> {
  return narrator.step(`Register it as a version of ${modelName}`, async () => {
    const version = await registry.addVersion(http, modelName, runId, model);
    return { value: version, found: `version ${version}`, url: registry.nameAddress(http, modelName) };
  });
}

async function compare(http: Http, narrator: Narrator, experimentId: string, candidates: Candidate[]): Promise<Candidate> {
  return narrator.step(`Compare the searches, ordered by ${metric}`, async () => {
    const ranked = await tracking.rank(http, experimentId, metric);
    const best = candidates.find((candidate) => candidate.runId === ranked[0]?.runId);
    if (!best || ranked.length !== candidates.length) {
      throw new Error(`the comparison found ${ranked.length} of ${candidates.length} searches`);
    }
    const found = ranked.map(({ name, value }) => `${name}: ${value.toFixed(4)}`).join(', ');
    return { value: best, found, url: `POST ${tracking.searchAddress(http)}` };
  });
}

async function promote(http: Http, narrator: Narrator, { version }: Candidate): Promise<void> {
  await narrator.step(`Give version ${version} the alias ${alias}`, async () => {
    await registry.setAlias(http, modelName, alias, version);
    return { value: undefined, url: registry.aliasAddress(http, modelName, alias) };
  });
}

async function score(http: Http, narrator: Narrator, reference: string, { records, labels }: Iris): Promise<number> {
  return narrator.step(`Predict the ${records.length} rows of iris with ${modelName}${reference}`, async () => {
    const predictions = await registry.predict(http, modelName, reference, records);
    if (predictions.length !== labels.length) throw new Error(`${predictions.length} predictions for ${labels.length} rows`);
    const right = predictions.filter(({ label }, row) => label === labels[row]).length;
    const url = `POST ${http.address(registry.predictPath(modelName, reference))}`;
    return { value: right / labels.length, found: `${right} of ${labels.length} right`, url };
  });
}

/** Plays the whole loop against a running server; resolves with the accuracy of the champion. */
export async function play(http: Http, narrator: Narrator): Promise<number> {
  const [searches, iris] = await Promise.all([readSearches(), readIris()]);
  const experimentId = await narrator.step(`Create the experiment ${experimentName} and the model name ${modelName}`, async () => {
    const id = await tracking.createExperiment(http, experimentName);
    await registry.createName(http, modelName);
    return { value: id, url: tracking.experimentAddress(http, id) };
  });
  const candidates: Candidate[] = [];
  for (const search of searches) {
    const runId = await logSearch(http, narrator, experimentId, search);
    const model = await logModel(http, narrator, experimentId, runId, search.scoring);
    const version = await register(http, narrator, runId, model);
    candidates.push({ scoring: search.scoring, runId, model, version });
  }
  const best = await compare(http, narrator, experimentId, candidates);
  await promote(http, narrator, best);
  const accuracy = await score(http, narrator, `@${alias}`, iris);
  narrator.say();
  narrator.say(`Accuracy of ${modelName}@${alias}: ${percent(accuracy)} of the ${iris.labels.length} rows (120 of them were its training set).`);
  return accuracy;
}
