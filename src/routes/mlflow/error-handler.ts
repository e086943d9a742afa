import type { FastifyInstance, FastifyError } from 'fastify';
import { BadRequest, EndpointNotFound, InvalidParameterValue } from '../../errors.js';

interface WireError {
  status: number;
  error_code: string;
  message: string;
}

/** Gives a scope MLflow's error body, `{error_code, message}`, for every fault in it. */
export function registerMlflowErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const wire = toWire(error);
    if (wire.status >= 500 && !isCatalogued(error)) request.log.error(error);
    void reply.code(wire.status).type('application/json; charset=utf-8').send(JSON.stringify({ error_code: wire.error_code, message: wire.message }));
  });
}

/** The body of a fault that comes before any route is found, such as a URL that is not valid. */
export function frameworkErrorBody(error: FastifyError): { status: number; body: string } {
  const { status, error_code, message } = toWire(error);
  return { status, body: JSON.stringify({ error_code, message }) };
}

/** Answers an unknown path in MLflow's error body. */
export function endpointNotFound(method: string, url: string): Error {
  return new EndpointNotFound(`No endpoint ${method} ${url.split('?')[0]}`);
}

function toWire(error: FastifyError): WireError {
  if (error.validation) return fromCatalogue(new InvalidParameterValue(validationMessage(error)));
  if (isCatalogued(error)) return fromCatalogue(error);
  if (error.statusCode === 413) return { status: 413, error_code: 'BAD_REQUEST', message: `The request body is too large: ${error.message}` };
  if (error.statusCode === 415) return { status: 415, error_code: 'BAD_REQUEST', message: 'Bad Request. Content-Type must be application/json.' };
  if (error.statusCode && error.statusCode < 500) return { ...fromCatalogue(new BadRequest(error.message)), status: error.statusCode };
  return { status: 500, error_code: 'INTERNAL_ERROR', message: 'The server met an unexpected error; its log has the details.' };
}

function isCatalogued(error: FastifyError): boolean {
  return typeof error.code === 'string' && !error.code.startsWith('FST_') && /^[A-Z_]+$/.test(error.code) && error.statusCode !== undefined;
}

function fromCatalogue(error: { code: string; statusCode?: number; message: string }): WireError {
  return { status: error.statusCode ?? 500, error_code: error.code, message: error.message };
}

/** One sentence that names the field, the value and the rule of the first broken schema rule. */
function validationMessage(error: FastifyError): string {
  const first = error.validation?.[0];
  if (!first) return error.message;
  if (first.keyword === 'required') {
    const missing = `${fieldPath(first.instancePath)}${first.instancePath ? '.' : ''}${String(first.params.missingProperty)}`;
    return `Missing value for required parameter '${missing}'. See the API docs for more information about request parameters.`;
  }
  const field = fieldPath(first.instancePath) || error.validationContext || 'request';
  return `Invalid value for parameter '${field}' supplied: it ${first.message ?? 'is not valid'}. See the API docs for more information about request parameters.`;
}

/** `/metrics/0/value` as `metrics[0].value`. */
function fieldPath(pointer: string): string {
  return pointer.split('/').slice(1).map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`)).join('').replace(/^\./, '');
}
