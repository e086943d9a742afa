import { Mime } from 'mime';
import otherTypes from 'mime/types/other.js';
import standardTypes from 'mime/types/standard.js';

/* What experiments log beside the types of the registry, and endings that mean something else on the web. */
const types = new Mime(standardTypes, otherTypes).define(
  {
    'text/plain': ['py', 'ts', 'cfg', 'cnf', 'err', 'properties', 'prop', 'hocon', 'rst', 'r', 'sql', 'out'],
    'application/x-ndjson': ['jsonl', 'ndjson'],
    'application/vnd.apache.parquet': ['parquet'],
  },
  true,
);

const TEXT_NAMES: ReadonlySet<string> = new Set(['MLmodel', 'MLproject', 'Dockerfile', 'README', 'LICENSE']);

/** The media type that a file's name speaks of; unknown names are plain bytes. */
export function contentTypeOf(name: string): string {
  const type = TEXT_NAMES.has(name) ? 'text/plain' : (types.getType(`/${name}`) ?? 'application/octet-stream');
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type;
}

/**
 * A download under the file's own name (RFC 6266). Header text is Latin-1 at most, so any other name travels
 * percent-encoded in `filename*`, beside a plain one for old clients.
 */
export function attachment(name: string): string {
  const plain = name.normalize('NFKD').replace(/[^\x20-\x7e]/g, '');
  const quoted = `attachment; filename="${(plain.trim() === '' ? 'download' : plain).replace(/["\\]/g, '\\$&')}"`;
  return plain === name && !name.includes('%') ? quoted : `${quoted}; filename*=UTF-8''${encodeExtended(name)}`;
}

/** RFC 5987: percent-encoded, also what encodeURIComponent leaves alone. */
function encodeExtended(text: string): string {
  return encodeURIComponent(text).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
