import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { buildApp } from '../src/app.js';

interface Operation {
  operationId?: string;
  tags?: string[];
  summary?: string;
  responses?: Record<string, { content?: Record<string, { schema?: object }> }>;
  requestBody?: { content: Record<string, { schema?: { examples?: unknown[] }; example?: unknown; examples?: object }> };
}

async function document(t: { testdir(): string; teardown(work: () => unknown): void }) {
  const app = await buildApp({ backendStoreUri: 'sqlite://', artifactsDestination: t.testdir(), serveArtifacts: true });
  t.teardown(() => app.close());
  return { app, made: JSON.parse(JSON.stringify(app.swagger())) as { paths: Record<string, Record<string, Operation>> } };
}

test('the committed document is the one that the routes make (npm run openapi writes it)', async (t) => {
  const { made } = await document(t);
  t.same(made, JSON.parse(readFileSync(join(import.meta.dirname, '../openapi/openapi.json'), 'utf8')));
});

test('every operation has its own id, a tag, a summary and an answer', async (t) => {
  const { made } = await document(t);
  const seen = new Set<string>();
  for (const [path, operations] of Object.entries(made.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const name = `${method} ${path}`;
      t.ok(operation.operationId && !seen.has(operation.operationId), `${name} has an id of its own`);
      t.ok(operation.tags?.length, `${name} has a tag`);
      t.ok(operation.summary, `${name} has a summary`);
      const answers = Object.entries(operation.responses ?? {}).filter(([status]) => status.startsWith('2'));
      const described = answers.every(([, { content }]) => Object.values(content ?? {}).some(({ schema }) => schema));
      /* A HEAD has no body; some routes of MLflow's API only ever refuse, as on its own local store. */
      t.ok(method === 'head' || (described && Object.keys(operation.responses ?? {}).length > 0), `${name} has the schema of its answer`);
      seen.add(operation.operationId ?? '');
    }
  }
});

test('the prediction operations have an example to try', async (t) => {
  const { made } = await document(t);
  const bodies = Object.entries(made.paths).filter(([path]) => /\/(predict|invocations)$/.test(path)).map(([, operations]) => operations.post?.requestBody?.content['application/json']);
  t.equal(bodies.length, 4);
  for (const body of bodies) t.ok(body?.example ?? body?.examples ?? body?.schema?.examples);
});

test('Swagger UI is served at /docs, from this server alone', async (t) => {
  const { app } = await document(t);
  const page = await app.inject('/docs/');
  t.equal(page.statusCode, 200);
  t.match(page.headers['content-type'], /text\/html/);
  t.notMatch(page.body, /(src|href)="https?:/);
  t.match(page.headers['content-security-policy'], /default-src 'self';.*object-src 'none'.*script-src 'self';/);
  t.same((await app.inject('/docs/json')).json(), JSON.parse(JSON.stringify(app.swagger())));
  for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'swagger-initializer.js']) t.equal((await app.inject(`/docs/static/${file}`)).statusCode, 200, file);
  t.equal((await app.inject('/')).statusCode, 302);
});
