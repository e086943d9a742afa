import type { SwaggerTransform } from '@fastify/swagger';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply } from 'fastify';
import type { ModelReference, ServedVersion } from '../../plugins/model-server/contract.js';
import { registerMlflowErrors } from '../mlflow/error-handler.js';
import { responses } from '../mlflow/wire.js';
import { parseReference } from './reference.js';
import { AliasParams, DescriptionAnswer, InvocationsAnswer, InvocationsBody, PredictAnswer, PredictBody, ReferenceParams, VersionParams } from './schemas.js';

const BODY_LIMIT = 64 * 2 ** 20;

/** The two ways to address a version. `documented` is how OpenAPI writes what the router takes as one segment. */
const ADDRESSES = [
  { path: '/:reference', documented: '/{name}@{alias}', params: AliasParams, router: ReferenceParams, by: 'ByAlias', words: "an alias's version" },
  { path: '/:name/:version', documented: '/{name}/{version}', params: VersionParams, router: VersionParams, by: 'ByVersion', words: 'a version' },
];

/** Predictions and metadata of the registry's models, to be registered with the prefix `/models`. */
export const modelRoutes: FastifyPluginAsync = async (app) => {
  registerMlflowErrors(app);
  acceptBodies(app);
  /* The schemas document; the model's own signature decides what is valid, and no time is spent on each row twice. */
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);

  for (const { path, documented, params, router, by, words } of ADDRESSES) {
    const swaggerTransform: SwaggerTransform = ({ schema, url }) => ({ schema: { ...schema, params }, url: url.replace(path, documented) });
    const config = { swaggerTransform };
    const common = { params: router, tags: ['Serving'] };

    app.post(
      `${path}/invocations`,
      {
        bodyLimit: BODY_LIMIT,
        config,
        schema: { ...common, operationId: `invoke${by}`, summary: `Predict with ${words}, by MLflow's scoring protocol`, body: InvocationsBody, response: responses(InvocationsAnswer) },
      },
      async (request, reply) => {
        const { model, predictions } = await app.models.invoke(referenceOf(request.params), request.body);
        return answer(reply, model).send({ predictions });
      },
    );

    app.post(
      `${path}/predict`,
      {
        bodyLimit: BODY_LIMIT,
        config,
        schema: { ...common, operationId: `predict${by}`, summary: `Predict records with ${words}: labels with probabilities, or values`, body: PredictBody, response: responses(PredictAnswer) },
      },
      async (request, reply) => {
        const prediction = await app.models.predict(referenceOf(request.params), request.body);
        return answer(reply, prediction.model).send(prediction);
      },
    );

    const metadata = { ...common, operationId: `describe${by}`, summary: `Describe ${words}: signature, flavor, source run, state`, response: responses(DescriptionAnswer) };
    for (const slash of ['', '/']) {
      app.get(`${path}${slash}`, { config, schema: { ...metadata, hide: slash !== '' } }, async (request, reply) => {
        const description = await app.models.describe(referenceOf(request.params));
        return answer(reply, description).send(description);
      });
    }
  }
};

/** JSON and CSV are the only kinds of body: a page of another site can send text or a form without asking, but not these. */
function acceptBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('text/csv', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addContentTypeParser('application/json', { parseAs: 'string' }, app.getDefaultJsonParser('error', 'error'));
}

const referenceOf = (params: unknown): ModelReference => {
  const { reference, ...versioned } = params as { reference?: string; name: string; version: string };
  return reference === undefined ? versioned : parseReference(reference);
};

const answer = (reply: FastifyReply, { version }: ServedVersion): FastifyReply => reply.header('x-taller-model-version', version);
