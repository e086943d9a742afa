import { InvalidParameterValue, ResourceDoesNotExist } from '../../errors.js';
import type { KeyValue } from './registry-contract.js';
import { asciiJson, checkKey, checkPlainPath, isLonger } from './validation.js';

/** The tag that makes a registered model, or a version of one, a prompt. */
export const IS_PROMPT_TAG = 'mlflow.prompt.is_prompt';
const PROMPT_TEXT_TAG = 'mlflow.prompt.text';

const STAGES = ['None', 'Staging', 'Production', 'Archived'] as const;
const ACTIVE_STAGES: readonly string[] = ['Staging', 'Production'];

const MAX_NAME_LENGTH = 256;
const MAX_TAG_KEY_LENGTH = 250;
const MAX_TAG_VALUE_LENGTH = 100_000;
const MAX_ALIAS_LENGTH = 255;

/** Throws where a required text is empty. */
export function requireValue(field: string, value: string): void {
  if (value === '') throw new InvalidParameterValue(`Missing value for required parameter '${field}'. See the API docs for more information about request parameters.`);
}

/** Throws for a name that a model cannot have. `field` is the parameter that carried it. */
export function validateModelName(name: string, field = 'name'): void {
  requireValue(field, name);
  if (name.trim() === '') throw new InvalidParameterValue(`Missing value for required parameter '${field}'.`);
  if (/[/:]/.test(name)) throw new InvalidParameterValue(`Invalid model name '${name}'. Names cannot contain '/' or ':'.`);
  if (name.includes('\0')) throw new InvalidParameterValue(`Invalid value ${asciiJson(name)} for parameter '${field}' supplied: Names cannot contain a NUL character.`);
  checkPlainPath(name, field);
  limitLength(field, MAX_NAME_LENGTH, name);
}

/** Throws for a key that no tag can have. */
export function validateTagKey(key: string): void {
  checkKey(key, 'key');
  limitLength('key', MAX_TAG_KEY_LENGTH, key);
}

/** Throws for a tag that cannot be written. */
export function validateTag({ key, value }: KeyValue): void {
  validateTagKey(key);
  limitLength('value', MAX_TAG_VALUE_LENGTH, value);
}

/** Throws for a version's tag that cannot be written; a prompt's text has a message of its own. */
export function validateVersionTag(tag: KeyValue): void {
  if (tag.key === PROMPT_TEXT_TAG && isLonger(tag.value, MAX_TAG_VALUE_LENGTH)) {
    throw new InvalidParameterValue(`Prompt text exceeds max length of ${MAX_TAG_VALUE_LENGTH} characters.`);
  }
  validateTag(tag);
}

/** Throws for an alias that cannot be read or deleted. */
export function validateAlias(alias: string): void {
  requireValue('alias', alias);
  if (!/^[\p{L}\p{N}_-]*$/u.test(alias)) {
    throw new InvalidParameterValue(`Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`);
  }
  limitLength('Registered model alias name', MAX_ALIAS_LENGTH, alias);
}

/** Throws for an alias that cannot be set: `latest` and `v12` stand for versions already. */
export function validateNewAlias(alias: string): void {
  validateAlias(alias);
  if (isLatest(alias)) throw new InvalidParameterValue("'latest' alias name (case insensitive) is reserved.");
  if (/^[vV]\d+$/.test(alias)) throw new InvalidParameterValue(`Version alias name '${alias}' is reserved.`);
}

export const isLatest = (alias: string): boolean => alias.toLowerCase() === 'latest';

/** A version as a number. Throws for what is no integer, and as not found for one that no version ever reaches. */
export function versionNumber(name: string, version: string): number {
  requireValue('version', version);
  if (!/^\s*[+-]?\d+\s*$/.test(version)) throw new InvalidParameterValue(`Parameter 'version' must be an integer, got '${version}'.`);
  const number = Number(version);
  if (!Number.isSafeInteger(number)) throw versionNotFound(name, version.trim());
  return number;
}

/** A stage as MLflow spells it, whatever case it came in. Throws for any other text. */
export function canonicalStage(stage: string): string {
  requireValue('stage', stage);
  const known = STAGES.find((candidate) => candidate.toLowerCase() === stage.toLowerCase());
  if (!known) throw new InvalidParameterValue(`Invalid Model Version stage: ${stage}. Value must be one of ${STAGES.join(', ')}.`);
  return known;
}

/** Throws where the others of a stage are to be archived and the stage is not one that serves. */
export function requireActiveStage(stage: string): void {
  if (ACTIVE_STAGES.includes(canonicalStage(stage))) return;
  throw new InvalidParameterValue(`Model version transition cannot archive existing model versions because '${stage}' is not an Active stage. Valid stages are ['Staging', 'Production']`);
}

/** Tags by key, the last value of a repeated key, in the order of first mention. */
export function lastByKey(tags: readonly KeyValue[] = []): Map<string, string> {
  return new Map(tags.map(({ key, value }) => [key, value]));
}

export const modelNotFound = (name: string): Error => new ResourceDoesNotExist(`Registered Model with name=${name} not found`);

export const versionNotFound = (name: string, version: number | string): Error => new ResourceDoesNotExist(`Model Version (name=${name}, version=${version}) not found`);

function limitLength(field: string, limit: number, value: string): void {
  if (isLonger(value, limit)) throw new InvalidParameterValue(`'${field}' exceeds the maximum length of ${limit} characters`);
}
