import type { IncomingHttpHeaders } from 'node:http';
import type { ArtifactInfo, ByteRange } from '../../plugins/artifact-store/store.js';

/** What to answer to a GET or HEAD of a file that exists. */
export type Answer = { status: 200 } | { status: 304 } | { status: 416 } | { status: 206; range: Required<ByteRange> };

/** Weighs the conditional and range headers in the order of RFC 9110, section 13.2.2. */
export function chooseAnswer(headers: IncomingHttpHeaders, info: ArtifactInfo): Answer {
  if (isFresh(headers, info)) return { status: 304 };
  const wanted = rangeStillMeant(headers, info) ? parseRange(headers.range) : undefined;
  if (!wanted) return { status: 200 };
  const range = fit(wanted, info.size);
  return range ? { status: 206, range } : { status: 416 };
}

function isFresh(headers: IncomingHttpHeaders, info: ArtifactInfo): boolean {
  const known = headers['if-none-match'];
  if (known !== undefined) return known.trim() === '*' || known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === info.etag);
  const since = headers['if-modified-since'];
  return since !== undefined && wholeSeconds(info.modifiedAt) <= Date.parse(since);
}

/** If-Range: a part is only wanted of the version that the client already has a part of. */
function rangeStillMeant(headers: IncomingHttpHeaders, info: ArtifactInfo): boolean {
  const condition = headers['if-range'];
  if (typeof condition !== 'string') return true;
  return condition.startsWith('"') ? condition === info.etag : wholeSeconds(info.modifiedAt) === Date.parse(condition);
}

const wholeSeconds = (time: Date) => Math.floor(time.getTime() / 1000) * 1000;

interface WantedRange {
  start?: number;
  end?: number;
}

/** One range of bytes. Several ranges, other units and nonsense are not answered in parts, which the RFC allows. */
function parseRange(header: string | undefined): WantedRange | undefined {
  const match = /^bytes=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(header ?? '');
  if (!match) return undefined;
  const [start, end] = [match[1], match[2]].map((digits) => (digits ? Number(digits) : undefined));
  if (start === undefined && end === undefined) return undefined;
  return start !== undefined && end !== undefined && end < start ? undefined : { start, end };
}

/** The wanted bytes that exist; undefined when there are none. A range without a start counts from the end. */
function fit(wanted: WantedRange, size: number): Required<ByteRange> | undefined {
  const last = size - 1;
  const start = wanted.start ?? Math.max(0, size - (wanted.end ?? 0));
  const end = wanted.start === undefined ? last : Math.min(last, wanted.end ?? last);
  return start <= end ? { start, end } : undefined;
}
