import { ResourceDoesNotExist } from '../../errors.js';
import type { ModelReference } from '../../plugins/model-server/contract.js';

/** Reads `name@alias`. The alias is behind the last `@`: an alias cannot hold one. Throws ResourceDoesNotExist for a text without both. */
export function parseReference(text: string): ModelReference {
  const at = text.lastIndexOf('@');
  if (at < 1 || at === text.length - 1) throw new ResourceDoesNotExist(`'${text}' is no model reference: address a model as name@alias or name/version.`);
  return { name: text.slice(0, at), alias: text.slice(at + 1) };
}
