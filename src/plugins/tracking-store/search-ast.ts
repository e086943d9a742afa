import { searchError } from './search-lexer.js';

export type Entity = 'metric' | 'parameter' | 'tag' | 'attribute' | 'dataset';

export interface Identifier {
  entity: Entity;
  key: string;
  /** False where the entity was left out, as in `status = 'FINISHED'`. */
  qualified: boolean;
  /** As written, for messages. */
  text: string;
  position: number;
}

export type Comparator = '=' | '!=' | '>' | '>=' | '<' | '<=' | 'LIKE' | 'ILIKE' | 'IN' | 'NOT IN' | 'IS NULL' | 'IS NOT NULL';

export interface Literal {
  kind: 'string' | 'number';
  text: string;
}

export interface Comparison {
  kind: 'comparison';
  identifier: Identifier;
  comparator: Comparator;
  /** One for a plain comparison, several for IN, none for IS NULL. */
  values: Literal[];
  /** The whole filter and the value's place in it, for messages. */
  source: string;
  valuePosition: number;
}

export type Expression = Comparison | { kind: 'and' | 'or'; left: Expression; right: Expression } | { kind: 'not'; operand: Expression };

export interface OrderTerm {
  identifier: Identifier;
  ascending: boolean;
  source: string;
}

/** The error of one comparison, pointing at its identifier. */
export function identifierError(comparison: Comparison, reason: string): Error {
  return searchError(comparison.source, comparison.identifier.position, comparison.identifier.text, reason);
}

/** Throws when the comparison uses another comparator than the allowed ones. */
export function requireComparator(comparison: Comparison, allowed: readonly Comparator[]): void {
  if (allowed.includes(comparison.comparator)) return;
  throw identifierError(comparison, `Invalid comparator '${comparison.comparator}' for ${comparison.identifier.entity} '${comparison.identifier.key}'; one of ${allowed.join(', ')} is expected`);
}

/** The comparison's values as strings. Throws when one of them is not quoted. */
export function stringValues(comparison: Comparison): string[] {
  for (const value of comparison.values) {
    if (value.kind !== 'string') throw searchError(comparison.source, comparison.valuePosition, value.text, `Expected a quoted string value for ${comparison.identifier.entity} '${comparison.identifier.key}' (e.g. 'my-value')`);
  }
  return comparison.values.map((value) => value.text);
}

/** The comparison's values as numbers. Throws when one of them is not a number. */
export function numberValues(comparison: Comparison): number[] {
  for (const value of comparison.values) {
    if (value.kind !== 'number') throw searchError(comparison.source, comparison.valuePosition, value.text, `Expected numeric value type for ${comparison.identifier.entity} '${comparison.identifier.key}'`);
  }
  return comparison.values.map((value) => Number(value.text));
}
