import type { Row, SqlDriver } from '../database/driver.js';
import { compile, duplicateOrder, numberCondition, textCondition, unknownAttribute } from './conditions.js';
import type { Experiment, ExperimentStore } from './contract.js';
import { stagesOf } from './experiments.js';
import { afterToken, orderTerms, selectTerms, tokenAfter, type SortTerm, type SqlFragment } from './keyset.js';
import type { Page } from './registry-contract.js';
import { identifierError, numberValues, type Comparison } from './search-ast.js';
import { searchError } from './search-lexer.js';
import { parseFilter, parseOrderTerm } from './search-parser.js';
import { pageSize, parseExperimentId } from './validation.js';

const NUMERIC = ['creation_time', 'last_update_time'];
const ATTRIBUTES = ['name', 'experiment_id', ...NUMERIC];

/** Experiments by filter and order, a page at a time; the newest first by default. */
export async function searchExperiments(db: SqlDriver, input: Parameters<ExperimentStore['searchExperiments']>[0], toExperiments: (rows: Row[]) => Promise<Experiment[]>): Promise<Page<Experiment>> {
  const size = pageSize(input.max_results ?? 0, 1000, 50_000);
  const terms = orderBy(input.order_by ?? []);
  const search = [input.filter ?? '', input.order_by ?? [], input.view_type ?? 'ACTIVE_ONLY'];
  const expression = parseFilter(input.filter);
  const filter = expression && compile(expression, (comparison) => condition(comparison, db));
  const after = afterToken(terms, input.page_token, search);
  const stages = stagesOf(input.view_type);
  const select = selectTerms(terms);
  const where = [`e.lifecycle_stage IN (${stages.map(() => '?').join(', ')})`, ...(filter ? [filter.sql] : []), ...(after ? [after.sql] : [])];
  const rows = await db.all(`SELECT e.*${select.sql} FROM experiments e WHERE ${where.join(' AND ')} ORDER BY ${orderTerms(terms)} LIMIT ?`, [...select.params, ...stages, ...(filter?.params ?? []), ...(after?.params ?? []), size + 1]);
  const page = rows.slice(0, size);
  return { items: await toExperiments(page), next_page_token: rows.length > size ? tokenAfter(page.at(-1)!, terms, search) : undefined };
}

function condition(comparison: Comparison, db: SqlDriver): SqlFragment {
  const { entity, key } = comparison.identifier;
  if (entity === 'tag') return tagCondition(comparison, db);
  if (entity !== 'attribute') throw identifierError(comparison, `Invalid entity type '${entity}'. Valid values are attribute and tag`);
  if (key === 'experiment_id') return idCondition(comparison, db);
  if (NUMERIC.includes(key)) return numberCondition(`e.${key}`, comparison);
  if (key === 'name') return textCondition('e.name', comparison, db.dialect);
  throw unknownAttribute(comparison, ATTRIBUTES);
}

function tagCondition(comparison: Comparison, db: SqlDriver): SqlFragment {
  const head = 'EXISTS (SELECT 1 FROM experiment_tags t WHERE t.experiment_id = e.experiment_id AND t.key = ?';
  if (comparison.comparator === 'IS NULL') return { sql: `NOT ${head})`, params: [comparison.identifier.key] };
  if (comparison.comparator === 'IS NOT NULL') return { sql: `${head})`, params: [comparison.identifier.key] };
  const value = textCondition('t.value', comparison, db.dialect);
  return { sql: `${head} AND ${value.sql})`, params: [comparison.identifier.key, ...value.params] };
}

function idCondition(comparison: Comparison, db: SqlDriver): SqlFragment {
  const text = comparison.values.every((value) => value.kind === 'string') ? comparison : undefined;
  const ids = text ? comparison.values.map((value) => parseExperimentId(value.text)) : numberValues(comparison);
  return textCondition('CAST(e.experiment_id AS TEXT)', { ...comparison, values: ids.map((id) => ({ kind: 'string', text: String(id) })) }, db.dialect);
}

function orderBy(clauses: readonly string[]): SortTerm[] {
  const seen = new Set<string>();
  const terms = clauses.map((clause): SortTerm => {
    const { identifier, ascending } = parseOrderTerm(clause);
    if (identifier.entity !== 'attribute' || !ATTRIBUTES.includes(identifier.key)) throw searchError(clause, identifier.position, identifier.text, `Invalid order_by field; one of ${ATTRIBUTES.join(', ')} is expected`);
    if (seen.has(identifier.key)) throw duplicateOrder(clauses);
    seen.add(identifier.key);
    return { sql: `e.${identifier.key}`, descending: !ascending };
  });
  if (clauses.length === 0) terms.push({ sql: 'e.creation_time', descending: true });
  if (!seen.has('experiment_id')) terms.push({ sql: 'e.experiment_id' });
  return terms;
}
