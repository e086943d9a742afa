import { createHash } from 'node:crypto';
import { InvalidParameterValue } from '../../errors.js';
import type { Row, SqlValue } from '../database/driver.js';

/** A sort term: an expression that is never NULL, selected as `sort_<n>`. */
export interface SortTerm {
  sql: string;
  params?: readonly SqlValue[];
  descending?: boolean;
}

export interface SqlFragment {
  sql: string;
  params: SqlValue[];
}

/*
 * Keyset paging: a page token holds the sort values of the last row that was given out, so that rows written in between
 * neither repeat nor hide others. It is bound to its search by a digest of filter and order.
 */

/** `, <term> AS sort_0, ...` for the SELECT list. */
export function selectTerms(terms: readonly SortTerm[]): SqlFragment {
  return { sql: terms.map((term, i) => `, ${term.sql} AS sort_${i}`).join(''), params: terms.flatMap((term) => term.params ?? []) };
}

/** The ORDER BY list over the selected terms. */
export const orderTerms = (terms: readonly SortTerm[]): string => terms.map((term, i) => `sort_${i} ${term.descending ? 'DESC' : 'ASC'}`).join(', ');

/** The condition that leaves out what earlier pages gave; empty without a token. */
export function afterToken(terms: readonly SortTerm[], token: string | undefined, search: unknown): SqlFragment | undefined {
  if (!token) return undefined;
  const values = decode(token, terms.length, fingerprint(search));
  const params: SqlValue[] = [];
  const alternatives = terms.map((term, i) => {
    const equal = terms.slice(0, i).map((before, k) => {
      params.push(...(before.params ?? []), values[k]!);
      return `${before.sql} = ?`;
    });
    params.push(...(term.params ?? []), values[i]!);
    return `(${[...equal, `${term.sql} ${term.descending ? '<' : '>'} ?`].join(' AND ')})`;
  });
  return { sql: `(${alternatives.join(' OR ')})`, params };
}

/** The token of the page behind this row. */
export function tokenAfter(row: Row, terms: readonly SortTerm[], search: unknown): string {
  const values = terms.map((_, i) => row[`sort_${i}`] as SqlValue).map((value) => (typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value));
  return Buffer.from(JSON.stringify({ s: fingerprint(search), v: values })).toString('base64url');
}

function decode(token: string, length: number, expected: string): SqlValue[] {
  const wrong = (rule: string) => new InvalidParameterValue(`Invalid page token ${JSON.stringify(token.slice(0, 100))}: ${rule}`);
  let content: { s?: unknown; v?: unknown };
  try {
    content = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as { s?: unknown; v?: unknown };
  } catch {
    throw wrong('it must be the next_page_token of an answer, unchanged');
  }
  const values: unknown = content?.v;
  if (!Array.isArray(values)) throw wrong('it must be the next_page_token of an answer, unchanged');
  if (content.s !== expected || values.length !== length) throw wrong('it belongs to another search; filter, order_by and experiment ids must stay the same');
  return values.map((value: unknown) => {
    if (typeof value === 'number' || typeof value === 'string') return value;
    const special = (value as { number?: unknown } | null)?.number;
    if (special === 'Infinity' || special === '-Infinity') return Number(special);
    throw wrong('it must be the next_page_token of an answer, unchanged');
  });
}

const fingerprint = (search: unknown): string => createHash('sha256').update(JSON.stringify(search)).digest('base64url').slice(0, 12);
