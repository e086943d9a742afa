import type { Dialect } from '../database/driver.js';
import { InvalidParameterValue } from '../../errors.js';
import type { SearchInput } from './registry-contract.js';
import { afterToken, orderSql, type OrderColumn } from './registry-paging.js';
import type { SqlFragment } from './keyset.js';
import { IS_PROMPT_TAG } from './registry-validation.js';
import { comparisons, compile, textCondition } from './conditions.js';
import { identifierError, requireComparator, type Comparator, type Comparison, type Expression, type OrderTerm } from './search-ast.js';
import { searchError } from './search-lexer.js';
import { parseFilter, parseOrderTerm } from './search-parser.js';

/** What one kind of search looks through. */
interface Searched {
  attributes: Readonly<Record<string, { column: string; kind: 'text' | 'list' | 'number' }>>;
  /** The table of tags and how it joins, for EXISTS. */
  tags: string;
  /** The condition that holds for prompts. */
  isPrompt: string;
  orderColumns: Readonly<Record<string, { column: string; field: string }>>;
  /** Appended to what is asked for, so that the order is total. */
  tieBreak: readonly OrderColumn[];
  select: string;
  limit: { default: number; max: number };
}

const NAME = { column: 'm.name', field: 'name' };

const MODELS: Searched = {
  attributes: { name: { column: 'm.name', kind: 'list' } },
  tags: 'registered_model_tags t WHERE t.model_no = m.model_no',
  isPrompt: 'EXISTS (SELECT 1 FROM registered_model_tags p WHERE p.model_no = m.model_no AND p.key = ? AND p.value = ?)',
  orderColumns: {
    name: NAME,
    timestamp: { column: 'm.last_updated_timestamp', field: 'last_updated_timestamp' },
    last_updated_timestamp: { column: 'm.last_updated_timestamp', field: 'last_updated_timestamp' },
  },
  tieBreak: [{ ...NAME, ascending: true }],
  select: 'SELECT m.model_no FROM registered_models m',
  limit: { default: 100, max: 1000 },
};

const VERSIONS: Searched = {
  attributes: {
    name: { column: 'm.name', kind: 'list' },
    run_id: { column: 'v.run_id', kind: 'list' },
    source_path: { column: 'v.source', kind: 'text' },
    version_number: { column: 'v.version', kind: 'number' },
  },
  tags: 'model_version_tags t WHERE t.model_no = v.model_no AND t.version = v.version',
  isPrompt: 'EXISTS (SELECT 1 FROM model_version_tags p WHERE p.model_no = v.model_no AND p.key = ? AND p.value = ?)',
  orderColumns: {
    name: NAME,
    version_number: { column: 'v.version', field: 'version' },
    creation_timestamp: { column: 'v.creation_timestamp', field: 'creation_timestamp' },
    last_updated_timestamp: { column: 'v.last_updated_timestamp', field: 'last_updated_timestamp' },
  },
  tieBreak: [
    { ...NAME, ascending: true },
    { column: 'v.version', field: 'version', ascending: false },
  ],
  select: 'SELECT v.model_no, v.version FROM model_versions v JOIN registered_models m ON m.model_no = v.model_no',
  limit: { default: 200_000, max: 200_000 },
};

const TEXT_COMPARATORS: readonly Comparator[] = ['=', '!=', 'LIKE', 'ILIKE'];
const LIST_COMPARATORS: readonly Comparator[] = [...TEXT_COMPARATORS, 'IN', 'NOT IN'];
const NUMBER_COMPARATORS: readonly Comparator[] = ['=', '!=', '>', '>=', '<', '<='];
const TAG_COMPARATORS: readonly Comparator[] = [...TEXT_COMPARATORS, 'IS NULL', 'IS NOT NULL'];

/** A search as a selection of one page and one row more, which tells whether another page follows. */
export interface Search {
  selection: SqlFragment;
  order: readonly OrderColumn[];
  maxResults: number;
}

/** The search for registered models. Throws InvalidParameterValue that names the faulty part of the request. */
export const modelSearch = (input: SearchInput, dialect: Dialect): Search => toSearch(input, MODELS, [], dialect);

/** The search for model versions, the last changed first. Throws InvalidParameterValue that names the faulty part of the request. */
export const versionSearch = (input: SearchInput, dialect: Dialect): Search => toSearch(input, VERSIONS, ['last_updated_timestamp DESC'], dialect);

function toSearch(input: SearchInput, searched: Searched, defaultOrder: readonly string[], dialect: Dialect): Search {
  const maxResults = checkMaxResults(input.max_results ?? searched.limit.default, searched.limit.max);
  const order = parseOrder(input.order_by?.length ? input.order_by : defaultOrder, searched);
  const filter = parseFilter(input.filter);
  const conditions = [filterSql(filter, searched, dialect), afterToken(input.page_token, order)];
  const where = conditions.map(({ sql }) => sql).join(' AND ');
  return {
    selection: { sql: `${searched.select} WHERE ${where} ORDER BY ${orderSql(order)} LIMIT ?`, params: [...conditions.flatMap(({ params }) => params), maxResults + 1] },
    order,
    maxResults,
  };
}

function checkMaxResults(value: number, max: number): number {
  if (value < 1) throw new InvalidParameterValue(`Invalid value for max_results. It must be a positive integer, but got ${value}`);
  if (value > max) throw new InvalidParameterValue(`Invalid value ${value} for parameter 'max_results' supplied: It must be at most ${max}.`);
  return value;
}

function parseOrder(clauses: readonly string[], searched: Searched): OrderColumn[] {
  const order: OrderColumn[] = [];
  for (const clause of clauses) {
    const column = toOrderColumn(parseOrderTerm(clause), searched);
    if (order.some(({ field }) => field === column.field)) throw new InvalidParameterValue(`\`order_by\` contains duplicate fields: ${clauses.join(', ')}`);
    order.push(column);
  }
  return [...order, ...searched.tieBreak.filter(({ field }) => !order.some((known) => known.field === field))];
}

function toOrderColumn({ identifier, ascending, source }: OrderTerm, { orderColumns }: Searched): OrderColumn {
  const known = identifier.entity === 'attribute' && Object.hasOwn(orderColumns, identifier.key) ? orderColumns[identifier.key] : undefined;
  if (!known) throw searchError(source, identifier.position, identifier.text, `Invalid order by key '${identifier.text}' specified. Valid keys are ${Object.keys(orderColumns).join(', ')}`);
  return { ...known, ascending };
}

/** The filter's condition. Prompts are left out unless the filter's first word on the prompt tag asks for them. */
function filterSql(filter: Expression | undefined, searched: Searched, dialect: Dialect): SqlFragment {
  const wantsPrompts = asksForPrompts(comparisons(filter).find(isPromptComparison));
  const condition = filter ? compile(filter, (comparison) => comparisonSql(comparison, { searched, dialect, wantsPrompts })) : TRUE;
  if (wantsPrompts) return condition;
  return { sql: `${condition.sql} AND NOT ${searched.isPrompt}`, params: [...condition.params, IS_PROMPT_TAG, 'true'] };
}

const TRUE: SqlFragment = { sql: '1 = 1', params: [] };

const isPromptComparison = ({ identifier }: Comparison): boolean => identifier.entity === 'tag' && identifier.key === IS_PROMPT_TAG;

function asksForPrompts(comparison: Comparison | undefined): boolean {
  const value = comparison?.values[0]?.text.toLowerCase();
  return (comparison?.comparator === '=' && value === 'true') || (comparison?.comparator === '!=' && value === 'false');
}

interface Context {
  searched: Searched;
  dialect: Dialect;
  wantsPrompts: boolean;
}

function comparisonSql(comparison: Comparison, { searched, dialect, wantsPrompts }: Context): SqlFragment {
  const { identifier } = comparison;
  if (identifier.entity === 'tag') return isPromptComparison(comparison) && !wantsPrompts ? TRUE : tagSql(comparison, searched, dialect);
  if (identifier.entity !== 'attribute') throw identifierError(comparison, `Invalid entity type '${identifier.text.split('.')[0]}'. Valid entity types are attribute, tag`);
  const attribute = Object.hasOwn(searched.attributes, identifier.key) ? searched.attributes[identifier.key] : undefined;
  if (!attribute) throw identifierError(comparison, `Invalid attribute key '${identifier.key}' specified. Valid keys are ${Object.keys(searched.attributes).join(', ')}`);
  if (attribute.kind === 'number') return numberSql(comparison, attribute.column);
  requireComparator(comparison, attribute.kind === 'list' ? LIST_COMPARATORS : TEXT_COMPARATORS);
  return textCondition(attribute.column, comparison, dialect);
}

/** A tag's condition holds for what has the tag; only IS NULL holds for what has it not. */
function tagSql(comparison: Comparison, searched: Searched, dialect: Dialect): SqlFragment {
  requireComparator(comparison, TAG_COMPARATORS);
  const { comparator, identifier } = comparison;
  const having = `EXISTS (SELECT 1 FROM ${searched.tags} AND t.key = ?`;
  if (comparator === 'IS NULL') return { sql: `NOT ${having})`, params: [identifier.key] };
  if (comparator === 'IS NOT NULL') return { sql: `${having})`, params: [identifier.key] };
  const value = textCondition('t.value', comparison, dialect);
  return { sql: `${having} AND ${value.sql})`, params: [identifier.key, ...value.params] };
}

function numberSql(comparison: Comparison, column: string): SqlFragment {
  requireComparator(comparison, NUMBER_COMPARATORS);
  const text = comparison.values[0]?.text ?? '';
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value)) throw identifierError(comparison, `Invalid value for numeric attribute '${comparison.identifier.key}': ${text}; a whole number is expected`);
  return { sql: `${column} ${comparison.comparator} ?`, params: [value] };
}
