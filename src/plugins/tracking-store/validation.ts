import { posix } from 'node:path';
import { InvalidParameterValue } from '../../errors.js';
import type { DatasetInput, MetricPoint } from './contract.js';
import type { KeyValue } from './registry-contract.js';

/** MLflow's limits, in characters or entries. */
export const LIMITS = {
  key: 250, paramValue: 6000, tagValue: 8000, experimentName: 500, experimentTagValue: 20_000,
  metricsPerBatch: 1000, paramsPerBatch: 100, tagsPerBatch: 100, entitiesPerBatch: 1000,
  datasetName: 500, datasetDigest: 36, datasetSource: 65_535, datasetSchema: 1_048_575, datasetProfile: 16_777_215, inputTagKey: 255, inputTagValue: 500,
  searchedExperiments: 10_000, orderClauses: 20,
} as const;

const NAME = /^[/\p{L}\p{N}_.\- :]*$/u;
const RUN_ID = /^[a-zA-Z0-9][\w-]{0,255}$/;
const INT64_MAX = 2 ** 63;

const invalid = (path: string, value: unknown, rule: string) => new InvalidParameterValue(`Invalid value ${asciiJson(value)} for parameter '${path}' supplied: ${rule}`);

/** JSON with every character outside ASCII escaped, the form that MLflow's messages quote values in. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Throws when a key of a metric, a param or a tag has a forbidden character or reads as another path. */
export function checkKey(key: string, path: string): void {
  if (!NAME.test(key)) throw invalid(path, key, 'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).');
  checkPlainPath(key, path);
}

/** As MLflow's file store needs it: a name that is read as a path leads to itself and nowhere above. */
export function checkPlainPath(name: string, field: string): void {
  const normal = posix.normalize(name).replace(/(.)\/$/, '$1');
  if (normal === name && normal !== '.' && !normal.startsWith('..') && !normal.startsWith('/')) return;
  throw invalid(field, name, `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${normal}'`);
}

/** Lengths count code points, as Python does. */
export const isLonger = (value: string, limit: number): boolean => value.length > limit && [...value].length > limit;

/** Throws when a text has more characters than its limit. */
export function checkLength(what: string, value: string, limit: number): void {
  if (isLonger(value, limit)) throw new InvalidParameterValue(`'${what}' exceeds the maximum length of ${limit} characters: it has ${[...value].length}`);
}

export function checkRunId(runId: string): void {
  if (!RUN_ID.test(runId)) throw new InvalidParameterValue(`Invalid value ${JSON.stringify(runId)} for parameter 'run_id' supplied.`);
}

/** An experiment id as the integer it is stored as. */
export function parseExperimentId(id: string): number {
  if (!/^\d{1,15}$/.test(id)) throw new InvalidParameterValue(`Invalid experiment ID '${id}'. Experiment ID must be a valid integer.`);
  return Number(id);
}

/** The experiments that a search looks through, each once. */
export function parseExperimentIds(ids: readonly string[]): number[] {
  const parsed = [...new Set(ids.map(parseExperimentId))];
  if (parsed.length > LIMITS.searchedExperiments) throw new InvalidParameterValue(`experiment_ids must have at most ${LIMITS.searchedExperiments} ids, got ${parsed.length}`);
  return parsed;
}

/** Throws when a search is ordered by more fields than it may be. */
export function checkOrderLength(clauses: readonly unknown[]): void {
  if (clauses.length > LIMITS.orderClauses) throw new InvalidParameterValue(`order_by must have at most ${LIMITS.orderClauses} clauses, got ${clauses.length}`);
}

export function checkExperimentName(name: string): void {
  if (name === '') throw new InvalidParameterValue(`Invalid experiment name: '${name}'`);
  if (name.includes('\0')) throw new InvalidParameterValue('Invalid experiment name: it must not contain the NUL character');
  checkLength('name', name, LIMITS.experimentName);
}

export function checkExperimentTag({ key, value }: KeyValue): void {
  checkKey(key, 'key');
  checkLength('key', key, LIMITS.key);
  checkLength('value', value, LIMITS.experimentTagValue);
}

export function checkMetric(metric: MetricPoint, path: string, knownKey = false): void {
  const field = (name: string) => (path === '' ? name : `${path}.${name}`);
  if (!knownKey) {
    checkKey(metric.key, field('name'));
    checkLength('Metric name', metric.key, LIMITS.key);
  }
  if (!(metric.timestamp >= 0 && metric.timestamp < INT64_MAX)) throw invalid(field('timestamp'), metric.timestamp, `metric '${metric.key}' (value=${metric.value}). Timestamp must be a nonnegative long (64-bit integer) `);
  if (!(metric.step >= -INT64_MAX && metric.step < INT64_MAX)) throw invalid(field('step'), metric.step, `metric '${metric.key}' (value=${metric.value}). Step must be a valid long (64-bit integer).`);
}

export function checkParam({ key, value }: KeyValue, path: string): void {
  checkKey(key, `${path}.key`);
  checkLength('Param key', key, LIMITS.key);
  checkLength('Param value', value, LIMITS.paramValue);
}

export function checkTag({ key, value }: KeyValue, path: string): void {
  checkKey(key, `${path}.key`);
  checkLength(`${path}.key`, key, LIMITS.key);
  checkLength(`${path}.value`, value, LIMITS.tagValue);
}

function checkCount(what: string, limit: number, count: number): void {
  if (count > limit) throw new InvalidParameterValue(`A batch logging request can contain at most ${limit} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`);
}

/** Checks a whole log-batch before anything of it is stored. */
export function checkBatch(metrics: readonly MetricPoint[], params: readonly KeyValue[], tags: readonly KeyValue[]): void {
  const keys = new Set<string>();
  for (const [i, metric] of metrics.entries()) {
    checkMetric(metric, `metrics[${i}]`, keys.has(metric.key));
    keys.add(metric.key);
  }
  params.forEach((param, i) => checkParam(param, `params[${i}]`));
  tags.forEach((tag, i) => checkTag(tag, `tags[${i}]`));
  checkCount('metrics', LIMITS.metricsPerBatch, metrics.length);
  checkCount('params', LIMITS.paramsPerBatch, params.length);
  checkCount('tags', LIMITS.tagsPerBatch, tags.length);
  checkCount('metrics, params, and tags', LIMITS.entitiesPerBatch, metrics.length + params.length + tags.length);
  checkUniqueParams(params);
}

function checkUniqueParams(params: readonly KeyValue[]): void {
  const seen = new Set<string>();
  const repeated = params.map(({ key }) => key).filter((key) => seen.has(key) || !seen.add(key));
  if (repeated.length === 0) return;
  const list = repeated.map((key) => `'${key}'`).join(', ');
  throw new InvalidParameterValue(`Duplicate parameter keys have been submitted: [${list}]. Please ensure the request contains only one param value per param key.`);
}

type CompleteDataset = Required<Pick<NonNullable<DatasetInput['dataset']>, 'name' | 'digest' | 'source_type' | 'source'>> & { schema?: string; profile?: string };

/** The dataset of a logged input with its required fields present and within their limits. */
export function checkDatasetInput(input: DatasetInput): CompleteDataset {
  const dataset = input.dataset;
  if (!dataset) throw new InvalidParameterValue('Dataset cannot be None');
  for (const field of ['name', 'digest', 'source_type', 'source'] as const) {
    if (dataset[field] === undefined) throw new InvalidParameterValue(`Dataset ${field} cannot be None`);
  }
  checkLength('name', dataset.name!, LIMITS.datasetName);
  checkLength('digest', dataset.digest!, LIMITS.datasetDigest);
  checkLength('source', dataset.source!, LIMITS.datasetSource);
  checkLength('schema', dataset.schema ?? '', LIMITS.datasetSchema);
  checkLength('profile', dataset.profile ?? '', LIMITS.datasetProfile);
  for (const tag of input.tags ?? []) {
    checkLength('key', tag.key, LIMITS.inputTagKey);
    checkLength('value', tag.value, LIMITS.inputTagValue);
  }
  return dataset as CompleteDataset;
}

/** A location that a client may record. What hides a path or climbs is refused; the server itself reads only its own roots. */
export function checkArtifactLocation(location: string): void {
  const refuse = (rule: string) => new InvalidParameterValue(`Invalid artifact location: ${JSON.stringify(location)}: ${rule}`);
  let decoded = location;
  try {
    for (let i = 0; i < 3; i++) decoded = decodeURIComponent(decoded);
  } catch {
    /* what cannot be decoded is taken as it stands */
  }
  if (location.length > 2048) throw refuse('it must have at most 2048 characters');
  if (/[#?;\0]/.test(decoded)) throw refuse('it must not contain "#", "?", ";" or NUL');
  if (/(^|[/\\])\.\.([/\\]|$)/.test(decoded)) throw refuse('it must not contain ".." segments');
  if (/^https?:/i.test(decoded)) throw refuse('http and https locations are not supported');
}

/** The page size of a search within 1..top, or the default. */
export function pageSize(maxResults: number | undefined, preset: number, top: number): number {
  if (maxResults === undefined) return preset;
  if (!(maxResults >= 1)) throw new InvalidParameterValue(`Invalid value ${maxResults} for parameter 'max_results' supplied. It must be a positive integer`);
  if (maxResults > top) throw new InvalidParameterValue(`Invalid value ${maxResults} for parameter 'max_results' supplied: It must be at most ${top}, but got value ${maxResults}`);
  return maxResults;
}
