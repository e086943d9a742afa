import type { Comparator, Comparison, Entity, Expression, Identifier, Literal, OrderTerm } from './search-ast.js';
import { searchError, tokenize, type Token } from './search-lexer.js';

/*
 * The filter grammar of every search:
 *   expression := term { OR term }      term := factor { AND factor }
 *   factor     := NOT factor | '(' expression ')' | comparison
 *   comparison := identifier ( operator value | [NOT] IN '(' value {',' value} ')' | IS [NOT] NULL )
 *   identifier := [entity '.'] key, where a key may be quoted by backticks or double quotes
 */

const ENTITIES: ReadonlyMap<string, Entity> = new Map([
  ['metric', 'metric'], ['metrics', 'metric'],
  ['parameter', 'parameter'], ['parameters', 'parameter'], ['param', 'parameter'], ['params', 'parameter'],
  ['tag', 'tag'], ['tags', 'tag'],
  ['attribute', 'attribute'], ['attributes', 'attribute'], ['attr', 'attribute'], ['run', 'attribute'],
  ['dataset', 'dataset'], ['datasets', 'dataset'],
]);

const MAX_DEPTH = 100;
const MAX_LENGTH = 100_000;
/* A chain of comparisons nests as deep as it is long, and SQLite nests 1000 expressions. */
const MAX_COMPARISONS = 500;

/** Parses a filter; undefined for an empty one. Throws InvalidParameterValue that points at the offending token. */
export function parseFilter(filter: string | undefined): Expression | undefined {
  if (filter === undefined || filter.trim() === '') return undefined;
  if (filter.length > MAX_LENGTH) throw searchError(filter, 0, '', `it is longer than ${MAX_LENGTH} characters`);
  const cursor = createCursor(filter);
  const expression = parseOr(cursor, 0);
  if (cursor.peek().kind !== 'end') throw cursor.error("expected AND, OR or the end of the filter");
  return expression;
}

/** Parses one order clause, `metrics.acc DESC`. */
export function parseOrderTerm(clause: string): OrderTerm {
  const cursor = createCursor(clause);
  const identifier = parseIdentifier(cursor);
  const descending = !cursor.takeWord('ASC') && cursor.takeWord('DESC');
  if (cursor.peek().kind !== 'end') throw cursor.error('expected ASC, DESC or the end of the order clause');
  return { identifier, ascending: !descending, source: clause };
}

type Cursor = ReturnType<typeof createCursor>;

function createCursor(source: string) {
  const tokens = tokenize(source);
  let index = 0;
  let comparisons = 0;
  const peek = (ahead = 0): Token => tokens[Math.min(index + ahead, tokens.length - 1)]!;
  const isWord = (word: string, ahead = 0) => peek(ahead).kind === 'word' && peek(ahead).text.toUpperCase() === word;
  return {
    source,
    peek,
    isWord,
    take: () => tokens[Math.min(index++, tokens.length - 1)]!,
    takeWord(word: string): boolean {
      if (!isWord(word)) return false;
      index++;
      return true;
    },
    error: (reason: string, token = peek()) => searchError(source, token.position, token.text, reason),
    /** Counts what was parsed and throws beyond what one search may have. */
    count(comparison: Comparison): Comparison {
      if (++comparisons > MAX_COMPARISONS) throw searchError(source, comparison.identifier.position, comparison.identifier.text, `it has more than ${MAX_COMPARISONS} comparisons`);
      return comparison;
    },
  };
}

function parseOr(cursor: Cursor, depth: number): Expression {
  let left = parseAnd(cursor, depth);
  while (cursor.takeWord('OR')) left = { kind: 'or', left, right: parseAnd(cursor, depth) };
  return left;
}

function parseAnd(cursor: Cursor, depth: number): Expression {
  let left = parseFactor(cursor, depth);
  while (cursor.takeWord('AND')) left = { kind: 'and', left, right: parseFactor(cursor, depth) };
  return left;
}

function parseFactor(cursor: Cursor, depth: number): Expression {
  if (depth > MAX_DEPTH) throw cursor.error(`more than ${MAX_DEPTH} brackets or NOTs inside each other`);
  if (cursor.takeWord('NOT')) return { kind: 'not', operand: parseFactor(cursor, depth + 1) };
  if (cursor.peek().kind !== 'open') return parseComparison(cursor);
  cursor.take();
  const inner = parseOr(cursor, depth + 1);
  if (cursor.peek().kind !== 'close') throw cursor.error("expected ')'");
  cursor.take();
  return inner;
}

function parseComparison(cursor: Cursor): Comparison {
  const identifier = parseIdentifier(cursor);
  const comparator = parseComparator(cursor);
  const valuePosition = cursor.peek().position;
  return cursor.count({ kind: 'comparison', identifier, comparator, values: parseValues(cursor, comparator), source: cursor.source, valuePosition });
}

function parseIdentifier(cursor: Cursor): Identifier {
  const first = cursor.take();
  if (!isName(first)) throw cursor.error('expected a name such as metrics.loss', first);
  if (cursor.peek().kind !== 'dot' || !cursor.peek().glued) return unqualified(cursor, first);
  cursor.take();
  const entity = ENTITIES.get(first.text.toLowerCase());
  if (!entity) throw cursor.error(`Invalid entity type '${first.text}'. Valid values are metric, parameter, tag, attribute, dataset`, first);
  const key = parseKey(cursor);
  return { entity, key, qualified: true, text: cursor.source.slice(first.position, cursor.peek().position).trim(), position: first.position };
}

/** `status`, `Run Name`, `run name`: an attribute, in one word or in two. */
function unqualified(cursor: Cursor, first: Token): Identifier {
  const second = cursor.peek();
  const spaced = first.text.toLowerCase() === 'run' && cursor.isWord('NAME') ? cursor.take().text : undefined;
  const key = spaced === undefined ? first.text : `${first.text} ${second.text}`;
  return { entity: 'attribute', key, qualified: false, text: key, position: first.position };
}

/** A quoted key, or glued words, numbers and dots: `mlflow.source.name`. */
function parseKey(cursor: Cursor): string {
  const start = cursor.peek();
  if (start.kind === 'quoted' && start.quote !== "'") return cursor.take().text;
  let key = '';
  while ((key === '' || cursor.peek().glued) && ['word', 'dot', 'number'].includes(cursor.peek().kind)) key += cursor.take().text;
  if (key === '' || key.endsWith('.')) throw cursor.error('expected a key, quoted by backticks or double quotes if it has other characters than letters, digits, _ and .', key === '' ? cursor.peek() : start);
  return key;
}

function parseComparator(cursor: Cursor): Comparator {
  const token = cursor.take();
  if (token.kind === 'operator') return token.text === '<>' ? '!=' : token.text === '==' ? '=' : (token.text as Comparator);
  const word = token.kind === 'word' ? token.text.toUpperCase() : '';
  if (word === 'LIKE' || word === 'ILIKE' || word === 'IN') return word;
  if (word === 'NOT' && cursor.takeWord('IN')) return 'NOT IN';
  if (word === 'IS' && cursor.takeWord('NULL')) return 'IS NULL';
  if (word === 'IS' && cursor.isWord('NOT') && cursor.isWord('NULL', 1)) {
    cursor.take();
    cursor.take();
    return 'IS NOT NULL';
  }
  throw cursor.error('expected a comparator: =, !=, >, >=, <, <=, LIKE, ILIKE, IN, NOT IN, IS NULL or IS NOT NULL', token);
}

function parseValues(cursor: Cursor, comparator: Comparator): Literal[] {
  if (comparator === 'IS NULL' || comparator === 'IS NOT NULL') return [];
  if (comparator !== 'IN' && comparator !== 'NOT IN') return [parseLiteral(cursor)];
  if (cursor.peek().kind !== 'open') throw cursor.error("expected '(' and a list of values");
  cursor.take();
  const values = [parseLiteral(cursor)];
  while (cursor.peek().kind === 'comma') {
    cursor.take();
    if (cursor.peek().kind === 'close') break;
    values.push(parseLiteral(cursor));
  }
  if (cursor.peek().kind !== 'close') throw cursor.error("expected ',' or ')'");
  cursor.take();
  return values;
}

function parseLiteral(cursor: Cursor): Literal {
  const token = cursor.take();
  if (token.kind === 'number') return { kind: 'number', text: token.text };
  if (token.kind === 'quoted' && token.quote !== '`') return { kind: 'string', text: token.text };
  throw cursor.error("expected a number or a value in single quotes", token);
}

function isName(token: Token): boolean {
  return token.kind === 'word' || (token.kind === 'quoted' && token.quote !== "'");
}
