import { InvalidParameterValue, UnservableModel } from '../../errors.js';
import { COLUMN_TYPES, type ValueType } from './value-types.js';

/** A parameter that a model's signature declares for inference. */
export interface ParamSpec {
  name: string;
  type: ValueType;
  /** A list of values (shape (-1,)) instead of one. */
  list: boolean;
  default: unknown;
}

/** Reads the `params` of a signature. Throws UnservableModel for a type that is not served. */
export function parseParams(entries: readonly Record<string, unknown>[]): ParamSpec[] {
  return entries.map((entry) => {
    const name = String(entry.name);
    const typeName = entry.type ?? entry.dtype;
    const type = typeof typeName === 'string' && Object.hasOwn(COLUMN_TYPES, typeName) ? COLUMN_TYPES[typeName] : undefined;
    if (!type || type.kind === 'binary') throw new UnservableModel(`The model's signature cannot be served: its parameter '${name}' has the type ${JSON.stringify(typeName)}.`);
    return { name, type, list: Array.isArray(entry.shape), default: entry.default };
  });
}

/**
 * The values of all declared parameters: the given ones checked, the others by their default. Unknown names are
 * ignored, as MLflow does. Throws InvalidParameterValue naming every parameter that breaks its type.
 */
export function enforceParams(specs: readonly ParamSpec[] | undefined, given: unknown): Record<string, unknown> {
  if (!specs) return {};
  if (given !== undefined && given !== null && (typeof given !== 'object' || Array.isArray(given))) {
    throw new InvalidParameterValue(`Parameters must be a dictionary. Got type '${Array.isArray(given) ? 'list' : typeof given}'.`);
  }
  const values = (given ?? {}) as Record<string, unknown>;
  const faults = specs.flatMap((spec) => (Object.hasOwn(values, spec.name) ? (faultOf(spec, values[spec.name]) ?? []) : []));
  if (faults.length > 0) throw new InvalidParameterValue(`Invalid parameters found: ${faults.join('; ')}.`);
  return Object.fromEntries(specs.map((spec) => [spec.name, Object.hasOwn(values, spec.name) ? values[spec.name] : spec.default]));
}

function faultOf(spec: ParamSpec, value: unknown): string | undefined {
  const label = `'${spec.name}' (${spec.type.name}${spec.list ? ', list' : ''})`;
  if (!spec.list) return fits(spec.type, value) ? undefined : `${label} cannot be ${show(value)}`;
  if (!Array.isArray(value)) return `${label} must be a list, got ${show(value)}`;
  const wrong = value.findIndex((item) => !fits(spec.type, item));
  return wrong < 0 ? undefined : `${label} cannot hold ${show(value[wrong])}`;
}

/* MLflow does not look at a parameter's range. null passes there, whatever the type. */
function fits(type: ValueType, value: unknown): boolean {
  if (value === null) return true;
  if (type.kind === 'integer') return Number.isInteger(value);
  if (type.kind === 'float') return typeof value === 'number';
  if (type.kind === 'datetime') return typeof value === 'string' && !Number.isNaN(Date.parse(value));
  return typeof value === type.kind;
}

const show = (value: unknown): string => JSON.stringify(value).slice(0, 60);
