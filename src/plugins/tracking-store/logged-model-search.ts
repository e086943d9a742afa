import { InvalidParameterValue } from '../../errors.js';
import type { Row, SqlDriver, SqlValue } from '../database/driver.js';
import { compile, comparisons, nullable, numberCondition, textCondition, unknownAttribute } from './conditions.js';
import type { LoggedModel, LoggedModelSearch } from './contract.js';
import { afterToken, orderTerms, selectTerms, tokenAfter, type SortTerm, type SqlFragment } from './keyset.js';
import type { Page } from './registry-contract.js';
import { identifierError, type Comparison } from './search-ast.js';
import { parseFilter } from './search-parser.js';
import { checkOrderLength, pageSize, parseExperimentIds } from './validation.js';

const TEXT: ReadonlyMap<string, string> = new Map(Object.entries({ name: 'm.name', model_id: 'm.model_id', model_type: 'm.model_type', status: 'm.status', source_run_id: 'm.source_run_id', artifact_location: 'm.artifact_uri', artifact_uri: 'm.artifact_uri' }));
const NUMBER: ReadonlyMap<string, string> = new Map(Object.entries({ creation_time: 'm.creation_timestamp', creation_timestamp: 'm.creation_timestamp', creation_timestamp_ms: 'm.creation_timestamp', last_updated_timestamp: 'm.last_updated_timestamp', last_updated_timestamp_ms: 'm.last_updated_timestamp' }));
const ATTRIBUTES = [...TEXT.keys(), ...NUMBER.keys()];
const STATUSES: ReadonlyMap<string, string> = new Map(Object.entries({ PENDING: 'LOGGED_MODEL_PENDING', READY: 'LOGGED_MODEL_READY', FAILED: 'LOGGED_MODEL_UPLOAD_FAILED' }));

/** Logged models by filter, datasets and order, a page at a time: the newest first by default. */
export async function searchLoggedModels(db: SqlDriver, input: LoggedModelSearch, toModels: (rows: Row[]) => Promise<LoggedModel[]>): Promise<Page<LoggedModel>> {
  const size = pageSize(input.max_results, 100, 50_000);
  const datasets = input.datasets ?? [];
  if (datasets.some((dataset) => !dataset.dataset_name)) throw new InvalidParameterValue('`dataset_name` in the `datasets` clause must be specified.');
  checkOrderLength(input.order_by ?? []);
  const experiments = parseExperimentIds(input.experiment_ids);
  if (experiments.length === 0) return { items: [] };
  const order = orderBy(input.order_by ?? []);
  const search = [experiments, input.filter ?? '', input.order_by ?? [], datasets];
  const expression = parseFilter(input.filter);
  const onDatasets = datasetCondition(datasets);
  const filter = expression && compile(expression, (comparison) => condition(comparison, db, onDatasets));
  const onlyDatasets = onDatasets && !comparisons(expression).some(({ identifier }) => identifier.entity === 'metric') ? { sql: `EXISTS (SELECT 1 FROM logged_model_metrics x WHERE x.model_id = m.model_id AND ${onDatasets.sql})`, params: onDatasets.params } : undefined;
  const parts: SqlFragment[] = [{ sql: `m.experiment_id IN (${experiments.map(() => '?').join(', ')})`, params: experiments }, ...[filter, onlyDatasets, afterToken(order, input.page_token, search)].filter((part) => part !== undefined)];
  const select = selectTerms(order);
  const rows = await db.all(
    `SELECT m.*${select.sql} FROM logged_models m WHERE m.lifecycle_stage <> 'deleted' AND ${parts.map(({ sql }) => sql).join(' AND ')} ORDER BY ${orderTerms(order)} LIMIT ?`,
    [...select.params, ...parts.flatMap(({ params }) => params), size + 1],
  );
  const page = rows.slice(0, size);
  return { items: await toModels(page), next_page_token: rows.length > size ? tokenAfter(page.at(-1)!, order, search) : undefined };
}

function condition(comparison: Comparison, db: SqlDriver, onDatasets: SqlFragment | undefined): SqlFragment {
  const { entity, key } = comparison.identifier;
  if (entity === 'metric') {
    const value = numberCondition('x.value', comparison);
    const datasets = onDatasets ? ` AND ${onDatasets.sql}` : '';
    return { sql: `EXISTS (SELECT 1 FROM logged_model_metrics x WHERE x.model_id = m.model_id AND x.key = ? AND x.is_nan = 0 AND ${value.sql}${datasets})`, params: [key, ...value.params, ...(onDatasets?.params ?? [])] };
  }
  if (entity === 'parameter') return keyedText('logged_model_params', comparison, db);
  if (entity === 'tag') return keyedText('logged_model_tags', comparison, db);
  if (entity !== 'attribute') throw identifierError(comparison, `Invalid entity type '${entity}'. Valid values are attribute, metric, parameter and tag`);
  const text = TEXT.get(key);
  if (text) return nullable(text, comparison, (inner) => textCondition(text, key === 'status' ? withWireStatus(inner) : inner, db.dialect));
  const number = NUMBER.get(key);
  if (number) return numberCondition(number, comparison);
  throw unknownAttribute(comparison, ATTRIBUTES);
}

const withWireStatus = (comparison: Comparison): Comparison => ({ ...comparison, values: comparison.values.map((value) => ({ ...value, text: STATUSES.get(value.text) ?? value.text })) });

function keyedText(table: string, comparison: Comparison, db: SqlDriver): SqlFragment {
  const head = `EXISTS (SELECT 1 FROM ${table} t WHERE t.model_id = m.model_id AND t.key = ?`;
  const { key } = comparison.identifier;
  if (comparison.comparator === 'IS NULL') return { sql: `NOT ${head})`, params: [key] };
  if (comparison.comparator === 'IS NOT NULL') return { sql: `${head})`, params: [key] };
  const value = textCondition('t.value', comparison, db.dialect);
  return { sql: `${head} AND ${value.sql})`, params: [key, ...value.params] };
}

function datasetCondition(datasets: NonNullable<LoggedModelSearch['datasets']>): SqlFragment | undefined {
  if (datasets.length === 0) return undefined;
  const parts = datasets.map(({ dataset_name: name, dataset_digest: digest }): { sql: string; params: SqlValue[] } =>
    digest ? { sql: '(x.dataset_name = ? AND x.dataset_digest = ?)', params: [name!, digest] } : { sql: 'x.dataset_name = ?', params: [name!] });
  return { sql: `(${parts.map(({ sql }) => sql).join(' OR ')})`, params: parts.flatMap(({ params }) => params) };
}

function orderBy(clauses: NonNullable<LoggedModelSearch['order_by']>): SortTerm[] {
  const terms: SortTerm[] = [];
  const columns = new Set<string>();
  for (const { field_name: field = '', ascending = true, dataset_name: name, dataset_digest: digest } of clauses) {
    const column = TEXT.get(field) ?? NUMBER.get(field);
    if (column) {
      columns.add(column);
      terms.push({ sql: `(CASE WHEN ${column} IS NULL THEN 1 ELSE 0 END)` }, { sql: `COALESCE(${column}, ${NUMBER.get(field) ? '0' : "''"})`, descending: !ascending });
      continue;
    }
    const [entity, ...rest] = field.split('.');
    if (rest.length === 0) throw new InvalidParameterValue(`Invalid order by field name: ${field}`);
    if (entity !== 'metrics') throw new InvalidParameterValue(`Invalid order by field name: ${field}. Only metrics are supported.`);
    const latest = latestMetric(rest.join('.'), name, digest);
    terms.push({ sql: `(CASE WHEN ${latest.sql} IS NULL THEN 1 ELSE 0 END)`, params: latest.params }, { sql: `COALESCE(${latest.sql}, 0)`, params: latest.params, descending: !ascending });
  }
  if (!columns.has('m.creation_timestamp')) terms.push({ sql: 'm.creation_timestamp', descending: true });
  if (!columns.has('m.model_id')) terms.push({ sql: 'm.model_id' });
  return terms;
}

function latestMetric(key: string, name: string | undefined, digest: string | undefined): SqlFragment {
  const datasets = [...(name ? [' AND x.dataset_name = ?'] : []), ...(digest ? [' AND x.dataset_digest = ?'] : [])].join('');
  return {
    sql: `(SELECT x.value FROM logged_model_metrics x WHERE x.model_id = m.model_id AND x.key = ? AND x.is_nan = 0${datasets} ORDER BY x.timestamp DESC, x.step DESC, x.run_id LIMIT 1)`,
    params: [key, ...(name ? [name] : []), ...(digest ? [digest] : [])],
  };
}
