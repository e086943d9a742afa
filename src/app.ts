import Fastify, { type FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { AppOptions } from './plugins/config.js';

/** Builds the whole server without listening. Closing it closes all that it opened. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const app = Fastify({
    logger: options.logger ?? false,
    routerOptions: { maxParamLength: 8192 },
  }).withTypeProvider<TypeBoxTypeProvider>();
  return app;
}
