import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest, type RequestOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import Fastify, { type RouteOptions } from 'fastify';
import type { Test } from 'tap';
import artifactStore, { type ArtifactStoreOptions } from '../../../src/plugins/artifact-store/index.js';
import mlflowArtifactRoutes from '../../../src/routes/mlflow-artifacts/index.js';

export const prefix = '/api/2.0/mlflow-artifacts';

/** The proxy's routes over a folder, on a real socket, with the router's options of the whole app. */
export async function createArtifactApp(t: Test, options: Partial<ArtifactStoreOptions> = {}, onRoute: (route: RouteOptions) => void = () => undefined) {
  const folder = options.artifactsDestination ?? t.testdir();
  const app = Fastify({ routerOptions: { maxParamLength: 8192 } });
  t.teardown(() => app.close());
  app.addHook('onRoute', onRoute);
  await app.register(artifactStore, { artifactsDestination: folder, serveArtifacts: true, ...options });
  await app.register(mlflowArtifactRoutes, { prefix });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  /* The path goes onto the wire as it is: fetch would resolve its dots. */
  const begin = (method: string, path: string, more: RequestOptions = {}) => httpRequest({ host: '127.0.0.1', port, method, path: `${prefix}${path}`, agent: false, ...more });
  const send = async (method: string, path: string, body: string | Buffer = '', headers: Record<string, string> = {}) => {
    const sent = begin(method, path, { headers });
    sent.end(body);
    return received(((await once(sent, 'response')) as [IncomingMessage])[0]);
  };
  return { app, folder, port, begin, send };
}

/** A whole answer: `json` where it is JSON. */
export async function received(response: IncomingMessage) {
  const bytes = await buffer(response);
  const isJson = bytes.length > 0 && String(response.headers['content-type']).startsWith('application/json') && response.headers['content-disposition'] === undefined;
  return { status: response.statusCode, headers: response.headers, bytes, text: bytes.toString(), json: isJson ? JSON.parse(bytes.toString()) : undefined };
}

/** A name as one part of a URL's path. */
export const encoded = (path: string): string => path.split('/').map(encodeURIComponent).join('/');
