import type { FastifyInstance } from 'fastify';

/**
 * Lets JSON be the only kind of body in a scope: a page of another site can send text or a form without asking, but not
 * JSON. No body at all counts as `{}`, and a field that is null as one that is absent, as protobuf reads JSON.
 */
export function acceptOnlyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('ignore', 'ignore');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => (body.trim() === '' ? done(null, {}) : parse(request, body, done)));
  app.addHook('preValidation', async (request) => {
    request.body ??= request.method === 'GET' ? undefined : {};
    dropNulls(request.body);
  });
}

function dropNulls(body: unknown): void {
  if (typeof body !== 'object' || body === null) return;
  const fields = body as Record<string, unknown>;
  for (const name of Object.keys(fields)) if (fields[name] === null) delete fields[name];
}
