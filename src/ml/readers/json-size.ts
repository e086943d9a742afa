const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Counts the values of a JSON text, or a little more, without building them: a few bytes of text can become a hundred of
 * memory, so a file is measured before it is parsed.
 */
export function countJsonValues(bytes: Uint8Array): number {
  let values = 1;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === QUOTE) i = endOfText(bytes, i + 1);
    else if (byte === 0x5b || byte === 0x7b || byte === 0x2c) values++;
  }
  return values;
}

function endOfText(bytes: Uint8Array, start: number): number {
  let i = start;
  while (i < bytes.length && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1;
  return i;
}
