import type { Dialect, SqlDriver, SqlValue } from '../database/driver.js';
import { comparisons, compile, conjuncts, duplicateOrder, nullable, numberCondition, textCondition, unknownAttribute } from './conditions.js';
import type { RunStore } from './contract.js';
import { stagesOf } from './experiments.js';
import { afterToken, orderTerms, selectTerms, tokenAfter, type SortTerm, type SqlFragment } from './keyset.js';
import { identifierError, requireComparator, stringValues, type Comparison, type Expression, type OrderTerm } from './search-ast.js';
import { searchError } from './search-lexer.js';
import { parseFilter, parseOrderTerm } from './search-parser.js';
import type { RunDeps } from './runs.js';
import { checkOrderLength, pageSize, parseExperimentIds } from './validation.js';

type KeyNumber = (name: string) => number;

const TEXT_COLUMNS: ReadonlyMap<string, string> = new Map(Object.entries({ run_id: 'r.run_id', run_name: 'r.run_name', 'run name': 'r.run_name', 'Run name': 'r.run_name', 'Run Name': 'r.run_name', user_id: 'r.user_id', status: 'r.status', artifact_uri: 'r.artifact_uri' }));
const NUMBER_COLUMNS: ReadonlyMap<string, string> = new Map(Object.entries({ start_time: 'r.start_time', end_time: 'r.end_time', created: 'r.start_time', Created: 'r.start_time' }));
const ATTRIBUTES = [...TEXT_COLUMNS.keys(), ...NUMBER_COLUMNS.keys()];
const MAX_RESULTS = 50_000;
/* A filter by equality that meets fewer rows than this is taken as the search's starting point. */
const SELECTIVE = 2000;

/** Runs by filter and order, a page at a time: by default the latest start first, ties by run id. */
export async function searchRuns({ db, keys, reader }: RunDeps, input: Parameters<RunStore['searchRuns']>[0]): ReturnType<RunStore['searchRuns']> {
  const size = pageSize(input.max_results, 1000, MAX_RESULTS);
  checkOrderLength(input.order_by ?? []);
  const experiments = parseExperimentIds(input.experiment_ids);
  const expression = parseFilter(input.filter);
  const orders = (input.order_by ?? []).map(parseOrderTerm);
  if (experiments.length === 0) return { runs: [] };
  const key = await keys.find([...comparisons(expression).map(({ identifier }) => identifier.key), ...orders.map(({ identifier }) => identifier.key)]);
  const order = orderBy(orders, key);
  const search = [experiments, input.filter ?? '', input.order_by ?? [], input.run_view_type ?? ''];
  const after = afterToken(order.terms, input.page_token, search);
  const stages = stagesOf(input.run_view_type);
  const filter = expression && compile(expression, (comparison) => condition(comparison, key, db.dialect));
  const start = await selectiveStart(db, expression, key);
  const where: SqlFragment[] = [
    { sql: `r.experiment_id IN (${experiments.map(() => '?').join(', ')})`, params: experiments },
    { sql: `r.lifecycle_stage IN (${stages.map(() => '?').join(', ')})`, params: stages },
    ...[start, filter, after].filter((part) => part !== undefined),
  ];
  const select = selectTerms(order.terms);
  const rows = await db.all(
    `SELECT r.run_no${select.sql} FROM runs r${order.joins.map((join) => join.sql).join('')} WHERE ${where.map(({ sql }) => sql).join(' AND ')} ORDER BY ${orderTerms(order.terms)} LIMIT ?`,
    [...select.params, ...order.joins.flatMap((join) => join.params), ...where.flatMap(({ params }) => params), size + 1],
  );
  const page = rows.slice(0, size);
  return { runs: await reader.read(page.map((row) => Number(row.run_no))), next_page_token: rows.length > size ? tokenAfter(page.at(-1)!, order.terms, search) : undefined };
}

function condition(comparison: Comparison, key: KeyNumber, dialect: Dialect): SqlFragment {
  const { entity } = comparison.identifier;
  if (entity === 'metric') return metricCondition(comparison, key);
  if (entity === 'parameter') return textTable('params', comparison, key, dialect);
  if (entity === 'tag') return textTable('tags', comparison, key, dialect);
  if (entity === 'dataset') return datasetCondition(comparison, dialect);
  const text = TEXT_COLUMNS.get(comparison.identifier.key);
  if (text) return nullable(text, comparison, (inner) => textCondition(text, inner, dialect));
  const number = NUMBER_COLUMNS.get(comparison.identifier.key);
  if (number) return nullable(number, comparison, (inner) => numberCondition(number, inner));
  throw unknownAttribute(comparison, ATTRIBUTES);
}

/** A NaN meets no comparison but `!=`. */
function metricCondition(comparison: Comparison, key: KeyNumber): SqlFragment {
  requireComparator(comparison, ['=', '!=', '>', '>=', '<', '<=']);
  const value = numberCondition('m.value', comparison);
  const test = comparison.comparator === '!=' ? `(m.is_nan = 1 OR ${value.sql})` : `m.is_nan = 0 AND ${value.sql}`;
  return { sql: `EXISTS (SELECT 1 FROM latest_metrics m WHERE m.run_no = r.run_no AND m.key_id = ? AND ${test})`, params: [key(comparison.identifier.key), ...value.params] };
}

function textTable(table: 'params' | 'tags', comparison: Comparison, key: KeyNumber, dialect: Dialect): SqlFragment {
  const head = `EXISTS (SELECT 1 FROM ${table} t WHERE t.run_no = r.run_no AND t.key_id = ?`;
  const keyId = key(comparison.identifier.key);
  if (comparison.comparator === 'IS NULL') return { sql: `NOT ${head})`, params: [keyId] };
  if (comparison.comparator === 'IS NOT NULL') return { sql: `${head})`, params: [keyId] };
  const value = textCondition('t.value', comparison, dialect);
  return { sql: `${head} AND ${value.sql})`, params: [keyId, ...value.params] };
}

function datasetCondition(comparison: Comparison, dialect: Dialect): SqlFragment {
  const { key } = comparison.identifier;
  if (key === 'name' || key === 'digest') {
    const value = textCondition(`d.${key}`, comparison, dialect);
    return { sql: `EXISTS (SELECT 1 FROM run_datasets i JOIN datasets d ON d.dataset_id = i.dataset_id WHERE i.run_no = r.run_no AND ${value.sql})`, params: value.params };
  }
  if (key !== 'context') throw identifierError(comparison, `Invalid dataset key '${key}'. Valid keys are name, digest, context`);
  const value = textCondition('t.value', comparison, dialect);
  return { sql: `EXISTS (SELECT 1 FROM run_dataset_tags t WHERE t.run_no = r.run_no AND t.key = 'mlflow.data.context' AND ${value.sql})`, params: value.params };
}

/** The equality on a param or a tag, of a top-level AND, that meets the fewest rows, as a list that the engine can start from. */
async function selectiveStart(db: SqlDriver, expression: Expression | undefined, key: KeyNumber): Promise<SqlFragment | undefined> {
  let best: { count: number; fragment: SqlFragment } | undefined;
  for (const part of conjuncts(expression)) {
    if (part.kind !== 'comparison' || part.comparator !== '=') continue;
    const table = part.identifier.entity === 'parameter' ? 'params' : part.identifier.entity === 'tag' ? 'tags' : undefined;
    if (!table) continue;
    const [value] = stringValues(part);
    const from = `FROM ${table} WHERE key_id = ? AND substr(value, 1, 250) = substr(?, 1, 250)`;
    const params: SqlValue[] = [key(part.identifier.key), value!];
    const [row] = await db.all(`SELECT COUNT(*) AS n FROM (SELECT 1 ${from} LIMIT ${best?.count ?? SELECTIVE})`, params);
    const count = Number(row!.n);
    if (count < (best?.count ?? SELECTIVE)) best = { count, fragment: { sql: `r.run_no IN (SELECT run_no ${from})`, params } };
  }
  return best?.fragment;
}

interface Order {
  terms: SortTerm[];
  joins: SqlFragment[];
}

/** Missing values and NaN come last in both directions, as MLflow sorts them: numbers, then NaN, then nothing. */
function orderBy(clauses: readonly OrderTerm[], key: KeyNumber): Order {
  const order: Order = { terms: [], joins: [] };
  const seen = new Set<string>();
  for (const { identifier, ascending, source } of clauses) {
    const column = identifier.entity === 'attribute' ? (TEXT_COLUMNS.get(identifier.key) ?? NUMBER_COLUMNS.get(identifier.key)) : undefined;
    const field = column ?? `${identifier.entity}.${identifier.key}`;
    if (seen.has(field)) throw duplicateOrder(clauses.map((clause) => clause.source));
    seen.add(field);
    if (identifier.entity === 'attribute') {
      if (!column) throw searchError(source, identifier.position, identifier.text, `Invalid order by key '${identifier.key}' specified. Valid keys are ${ATTRIBUTES.join(', ')}`);
      order.terms.push({ sql: `(CASE WHEN ${column} IS NULL THEN 1 ELSE 0 END)` }, { sql: `COALESCE(${column}, ${NUMBER_COLUMNS.has(identifier.key) ? '0' : "''"})`, descending: !ascending });
      continue;
    }
    if (identifier.entity === 'dataset') throw searchError(source, identifier.position, identifier.text, 'runs cannot be ordered by a dataset');
    addTable(order, identifier.entity, key(identifier.key), !ascending);
  }
  if (!seen.has('r.start_time')) order.terms.push({ sql: 'COALESCE(r.start_time, 0)', descending: true });
  order.terms.push({ sql: 'r.run_id' });
  return order;
}

function addTable(order: Order, entity: 'metric' | 'parameter' | 'tag', keyId: number, descending: boolean): void {
  const alias = `o${order.joins.length}`;
  const table = entity === 'metric' ? 'latest_metrics' : entity === 'parameter' ? 'params' : 'tags';
  order.joins.push({ sql: ` LEFT JOIN ${table} ${alias} ON ${alias}.run_no = r.run_no AND ${alias}.key_id = ?`, params: [keyId] });
  if (entity === 'metric') order.terms.push({ sql: `(CASE WHEN ${alias}.value IS NULL THEN 2 WHEN ${alias}.is_nan = 1 THEN 1 ELSE 0 END)` }, { sql: `COALESCE(${alias}.value, 0)`, descending });
  else order.terms.push({ sql: `(CASE WHEN ${alias}.value IS NULL THEN 1 ELSE 0 END)` }, { sql: `COALESCE(${alias}.value, '')`, descending });
}
