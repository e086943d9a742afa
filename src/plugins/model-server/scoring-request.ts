import { BadRequest } from '../../errors.js';
import { type Frame, columnsFrame, csvFrame, kindOf, recordsFrame, rowsFrame, splitFrame } from './frame.js';
import { asRecord } from './mlmodel.js';

const FORMATS = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const;

export type Format = (typeof FORMATS)[number] | 'csv';

const REQUIRED = `The input must be a JSON dictionary with exactly one of the input fields {${FORMATS.map((name) => `'${name}'`).join(', ')}}`;

/** A request of MLflow's scoring protocol, its data as JSON or as the text of a CSV. */
export interface ScoringRequest {
  format: Format;
  data: unknown;
  params?: unknown;
}

/** Tells which of the formats a body has: an object of JSON, or the bytes of a CSV. Throws BadRequest where it is none or more than one. */
export function readScoringRequest(body: unknown): ScoringRequest {
  if (body instanceof Uint8Array) return { format: 'csv', data: utf8(body) };
  const fields = asRecord(body);
  if (!fields) throw new BadRequest(`${REQUIRED}. Received ${kindOf(body)}.`);
  const given = FORMATS.filter((name) => Object.hasOwn(fields, name));
  if (given.length !== 1) throw new BadRequest(`${REQUIRED}. Received dictionary with input fields: [${Object.keys(fields).slice(0, 20).map((name) => `'${name}'`).join(', ')}].`);
  const format = given[0]!;
  return { format, data: fields[format], params: fields.params };
}

/** True for the formats that MLflow reads as a pandas DataFrame. */
export const isDataFrame = (format: Format): boolean => format === 'dataframe_split' || format === 'dataframe_records' || format === 'csv';

/** The request's data as a table. */
export function toFrame({ format, data }: ScoringRequest): Frame {
  if (format === 'csv') return csvFrame(data);
  if (format === 'dataframe_split') return splitFrame(data);
  if (format === 'dataframe_records') return recordsFrame(data, format);
  const columns = asRecord(data);
  if (columns) return columnsFrame(columns, format);
  if (!Array.isArray(data)) return rowsFrame([data], format);
  return asRecord(data[0]) ? recordsFrame(data, format) : rowsFrame(data, format);
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new BadRequest('Ensure that input is a valid UTF-8 encoded string.');
  }
}
