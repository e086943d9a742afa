import { InvalidParameterValue } from '../../errors.js';
import type { Dialect, SqlValue } from '../database/driver.js';
import type { SqlFragment } from './keyset.js';
import { identifierError, numberValues, requireComparator, stringValues, type Comparator, type Comparison, type Expression } from './search-ast.js';

export const STRING_COMPARATORS: readonly Comparator[] = ['=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN'];
export const NUMBER_COMPARATORS: readonly Comparator[] = ['=', '!=', '>', '>=', '<', '<=', 'IN', 'NOT IN'];

/** A comparison of a text column with the comparison's quoted values. */
export function textCondition(column: string, comparison: Comparison, dialect: Dialect): SqlFragment {
  requireComparator(comparison, STRING_COMPARATORS);
  const values = stringValues(comparison);
  if (comparison.comparator === 'LIKE') return dialect.like(column, values[0]!);
  if (comparison.comparator === 'ILIKE') return dialect.ilike(column, values[0]!);
  return plain(column, comparison.comparator, values);
}

/** A comparison of a numeric column with the comparison's numbers. */
export function numberCondition(column: string, comparison: Comparison): SqlFragment {
  requireComparator(comparison, NUMBER_COMPARATORS);
  return plain(column, comparison.comparator, numberValues(comparison));
}

function plain(column: string, comparator: Comparator, values: readonly SqlValue[]): SqlFragment {
  if (comparator === 'IN' || comparator === 'NOT IN') return { sql: `${column} ${comparator} (${values.map(() => '?').join(', ')})`, params: [...values] };
  return { sql: `${column} ${comparator === '!=' ? '<>' : comparator} ?`, params: [...values] };
}

/** A column that may be NULL: a NULL meets no comparison but IS NULL, also behind NOT. */
export function nullable(column: string, comparison: Comparison, condition: (comparison: Comparison) => SqlFragment): SqlFragment {
  if (comparison.comparator === 'IS NULL' || comparison.comparator === 'IS NOT NULL') return { sql: `${column} ${comparison.comparator}`, params: [] };
  const inner = condition(comparison);
  return { sql: `(${column} IS NOT NULL AND ${inner.sql})`, params: inner.params };
}

/** A whole expression; `leaf` turns one comparison into SQL. */
export function compile(expression: Expression, leaf: (comparison: Comparison) => SqlFragment): SqlFragment {
  if (expression.kind === 'comparison') return leaf(expression);
  if (expression.kind === 'not') {
    const operand = compile(expression.operand, leaf);
    return { sql: `NOT (${operand.sql})`, params: operand.params };
  }
  const left = compile(expression.left, leaf);
  const right = compile(expression.right, leaf);
  return { sql: `(${left.sql} ${expression.kind === 'and' ? 'AND' : 'OR'} ${right.sql})`, params: [...left.params, ...right.params] };
}

/** All comparisons of an expression. */
export function comparisons(expression: Expression | undefined): Comparison[] {
  if (!expression) return [];
  if (expression.kind === 'comparison') return [expression];
  return expression.kind === 'not' ? comparisons(expression.operand) : [...comparisons(expression.left), ...comparisons(expression.right)];
}

/** The parts of a top-level AND. */
export function conjuncts(expression: Expression | undefined): Expression[] {
  if (!expression) return [];
  return expression.kind === 'and' ? [...conjuncts(expression.left), ...conjuncts(expression.right)] : [expression];
}

/** The error for an attribute that a search does not know. */
export function unknownAttribute(comparison: Comparison, known: readonly string[]): Error {
  return identifierError(comparison, `Invalid attribute key '${comparison.identifier.key}' specified. Valid keys are ${known.join(', ')}`);
}

/** The error for two order clauses over one field. */
export const duplicateOrder = (orderBy: readonly string[]) => new InvalidParameterValue(`\`order_by\` contains duplicate fields: ${JSON.stringify(orderBy)}`);
