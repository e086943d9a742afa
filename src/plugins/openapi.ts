import { readFile } from 'node:fs/promises';
import swagger, { type FastifyDynamicSwaggerOptions, type SwaggerTransform } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fp from 'fastify-plugin';

const TAGS = [
  { name: 'Experiments', description: 'Experiments and their tags.' },
  { name: 'Runs', description: 'Runs with their parameters, metrics, tags, inputs and outputs.' },
  { name: 'Metrics', description: 'The history of metrics.' },
  { name: 'Logged models', description: 'The models that runs have logged.' },
  { name: 'Registered models', description: 'Registered models, their tags and aliases.' },
  { name: 'Model versions', description: 'The versions of registered models.' },
  { name: 'Artifacts', description: 'The files of runs and models.' },
  { name: 'Serving', description: "Predictions of the registry's models." },
  { name: 'Server', description: 'Health, version and abilities.' },
];

const DESCRIPTION = `Tracking, artifacts, model registry and serving for the unchanged MLflow client, in one process.

What is shown under \`/api/2.0/mlflow\` and \`/api/2.0/mlflow-artifacts\` is answered under \`/api/3.0\`, \`/ajax-api/2.0\` and \`/ajax-api/3.0\` as well.`;

/* Everything comes from this server. Swagger UI sets styles in the page, nothing else inline. */
const CONTENT_SECURITY_POLICY = {
  'default-src': "'self'",
  'base-uri': "'self'",
  'connect-src': "'self'",
  'form-action': "'self'",
  'frame-ancestors': "'self'",
  'img-src': "'self' data:",
  'object-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self' 'unsafe-inline'",
};

type TransformObject = NonNullable<FastifyDynamicSwaggerOptions['transformObject']>;

/** The OpenAPI document of every route that is registered after this plugin, made when it is first asked for, and Swagger UI over it at `/docs`. */
export default fp(
  async (app) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title: 'Taller', description: DESCRIPTION, version: await packageVersion(), license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
        tags: TAGS,
      },
      transform: withoutPages,
      transformObject: withUsedTags,
    });
    await app.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: CONTENT_SECURITY_POLICY,
      theme: { title: 'Taller API' },
      uiConfig: { docExpansion: 'none', tryItOutEnabled: true, displayRequestDuration: true, validatorUrl: null },
    });
  },
  { name: 'openapi' },
);

/** A route without a schema is a page or a redirect, no part of the API. */
const withoutPages: SwaggerTransform = ({ schema, url }) => ({ schema: schema ?? { hide: true }, url });

/** Leaves out the tags that no operation has. */
const withUsedTags: TransformObject = (document) => {
  if (!('openapiObject' in document)) return document.swaggerObject;
  const { openapiObject } = document;
  const used = new Set(Object.values(openapiObject.paths ?? {}).flatMap((path) => Object.values(path ?? {}).flatMap((operation) => (operation as { tags?: string[] }).tags ?? [])));
  return { ...openapiObject, tags: openapiObject.tags?.filter(({ name }) => used.has(name)) };
};

async function packageVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
