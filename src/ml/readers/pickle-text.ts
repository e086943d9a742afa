import { Buffer } from 'node:buffer';

const FLOATS: ReadonlyMap<string, number> = new Map([['inf', Infinity], ['-inf', -Infinity], ['nan', NaN]]);

/** Bytes as the characters of the same numbers. (TextDecoder's latin1 is another encoding, windows-1252.) */
export const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

/** A text of protocol 0: characters of one byte, and `\\uXXXX` or `\\UXXXXXXXX` for the others. */
export const unescapeText = (text: string): string =>
  text.replace(/\\u([0-9a-fA-F]{4})|\\U(00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4})/g, (_, short?: string, long?: string) => String.fromCodePoint(parseInt((short ?? long)!, 16)));

/** A floating-point number as Python's repr writes it. */
export const parseFloatText = (text: string): number => FLOATS.get(text) ?? Number(text);
