import { InvalidParameterValue } from '../../errors.js';
import type { SqlFragment } from './keyset.js';

export interface OrderColumn {
  /** The column in the query, as `m.name`. */
  column: string;
  /** The column in a row of the answer. */
  field: string;
  ascending: boolean;
}

/** The text behind ORDER BY. */
export const orderSql = (order: readonly OrderColumn[]): string => order.map(({ column, ascending }) => `${column} ${ascending ? 'ASC' : 'DESC'}`).join(', ');

/**
 * The condition that leaves out all rows up to the one that a page token points at. The token holds that row's
 * place in the order and not a count of rows, so that rows written in between neither repeat nor hide others.
 */
export function afterToken(token: string | undefined, order: readonly OrderColumn[]): SqlFragment {
  if (!token) return { sql: '1 = 1', params: [] };
  const values = decode(token, order);
  const alternatives = order.map(({ column, ascending }, i) => {
    const equal = order.slice(0, i).map((before) => `${before.column} = ?`);
    return { sql: [...equal, `${column} ${ascending ? '>' : '<'} ?`].join(' AND '), params: values.slice(0, i + 1) };
  });
  return { sql: `(${alternatives.map(({ sql }) => `(${sql})`).join(' OR ')})`, params: alternatives.flatMap(({ params }) => params) };
}

/** The token of the page behind `row`. */
export function tokenAfter(row: Record<string, unknown>, order: readonly OrderColumn[]): string {
  const after = order.map(({ field }) => (field === 'name' ? row[field] : Number(row[field])));
  return Buffer.from(JSON.stringify({ order: orderSql(order), after })).toString('base64url');
}

/** A page of at most `maxResults` items out of one more, with a token where that one more is there. */
export function toPage<T>(items: T[], maxResults: number, token: (last: T) => string): { items: T[]; next_page_token?: string } {
  const page = items.slice(0, maxResults);
  const last = page.at(-1);
  return items.length > maxResults && last !== undefined ? { items: page, next_page_token: token(last) } : { items: page };
}

function decode(token: string, order: readonly OrderColumn[]): (string | number)[] {
  const content = parse(token);
  if (content?.order !== undefined && content.order !== orderSql(order)) {
    throw new InvalidParameterValue(`Invalid page token "${token.slice(0, 100)}": it belongs to a search with another order_by.`);
  }
  const after = content?.after;
  const fits = Array.isArray(after) && after.length === order.length && order.every(({ field }, i) => (field === 'name' ? typeof after[i] === 'string' : Number.isSafeInteger(after[i])));
  if (!fits) throw new InvalidParameterValue(`Invalid page token "${token.slice(0, 100)}": it must be the next_page_token of an answer, unchanged.`);
  return after;
}

function parse(token: string): { order?: unknown; after?: unknown } | undefined {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as { order?: unknown; after?: unknown };
  } catch {
    return undefined;
  }
}
