import { InvalidParameterValue } from '../../errors.js';

export type TokenKind = 'word' | 'quoted' | 'number' | 'operator' | 'open' | 'close' | 'comma' | 'dot' | 'end';

export interface Token {
  kind: TokenKind;
  /** The text as written; of a quoted token, what stands between the quotes. */
  text: string;
  /** Of a quoted token: `'`, `"` or a backtick. */
  quote?: string;
  /** Where the token starts, counted from 0. */
  position: number;
  /** True when no white space stands between this token and the one before. */
  glued: boolean;
}

const PUNCTUATION: Readonly<Record<string, TokenKind>> = { '(': 'open', ')': 'close', ',': 'comma', '.': 'dot' };
const SPACE = /\s+/y;
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w$])/y;
const WORD = /[\p{L}\p{N}_$@:/-]+/uy;
const OPERATOR = /!=|<>|>=|<=|==|=|>|</y;

/** Splits a filter or an order clause into tokens; the last one is `end`. Throws InvalidParameterValue that points at what is no token. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  let glued = false;
  while (position < text.length) {
    const space = match(SPACE, text, position);
    if (space) {
      position += space.length;
      glued = false;
      continue;
    }
    const { token, length } = next(text, position, glued, tokens.at(-1));
    tokens.push(token);
    position += length;
    glued = true;
  }
  tokens.push({ kind: 'end', text: '', position: text.length, glued: false });
  return tokens;
}

function next(text: string, position: number, glued: boolean, before: Token | undefined): { token: Token; length: number } {
  const character = text.charAt(position);
  if (character === "'" || character === '"' || character === '`') return quoted(text, position, glued, character);
  const continuesName = glued && before?.kind === 'dot';
  const number = continuesName ? undefined : match(NUMBER, text, position);
  if (number) return { token: { kind: 'number', text: number, position, glued }, length: number.length };
  const punctuation = PUNCTUATION[character];
  if (punctuation) return { token: { kind: punctuation, text: character, position, glued }, length: 1 };
  const operator = match(OPERATOR, text, position);
  if (operator) return { token: { kind: 'operator', text: operator, position, glued }, length: operator.length };
  const word = match(WORD, text, position);
  if (word) return { token: { kind: 'word', text: word, position, glued }, length: word.length };
  throw searchError(text, position, character, 'unexpected character');
}

/** A quoted token; a doubled quote inside stands for one. */
function quoted(text: string, start: number, glued: boolean, quote: string): { token: Token; length: number } {
  let content = '';
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] !== quote) content += text[i];
    else if (text[i + 1] === quote) content += text[i++];
    else return { token: { kind: 'quoted', text: content, quote, position: start, glued }, length: i + 1 - start };
  }
  throw searchError(text, start, text.slice(start), 'the quote is not closed');
}

function match(pattern: RegExp, text: string, position: number): string | undefined {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0];
}

/** The error of a filter or an order clause: what is wrong, at which token, where. */
export function searchError(text: string, position: number, token: string, reason: string): Error {
  const where = token === '' ? 'at its end' : `at position ${position + 1} ('${token.slice(0, 100)}')`;
  return new InvalidParameterValue(`Invalid filter or order clause '${text.slice(0, 1000)}' ${where}: ${reason}`);
}
