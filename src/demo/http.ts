import type { Buffer } from 'node:buffer';

export type Json = any; // eslint-disable-line @typescript-eslint/no-explicit-any -- what a route answers is read field by field

export type Query = Record<string, string>;

/** Calls one server as any client would: JSON in, JSON out, and an error that carries the server's own words. */
export interface Http {
  /** The full address of a path, to print or to open. */
  address(path: string, query?: Query): string;
  get(path: string, query?: Query): Promise<Json>;
  post(path: string, body: object): Promise<Json>;
  patch(path: string, body: object): Promise<Json>;
  /** Uploads bytes as they are. */
  put(path: string, content: Buffer): Promise<Json>;
}

async function answer(method: string, response: Response): Promise<Json> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${response.url} answered ${response.status}: ${text}`);
  return text === '' ? {} : JSON.parse(text);
}

export function createHttp(origin: string): Http {
  const address = (path: string, query?: Query) => `${origin}${path}${query ? `?${new URLSearchParams(query)}` : ''}`;
  const send = async (method: string, path: string, body: object) => {
    const init = { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    return answer(method, await fetch(address(path), init));
  };
  return {
    address,
    get: async (path, query) => answer('GET', await fetch(address(path, query))),
    post: (path, body) => send('POST', path, body),
    patch: (path, body) => send('PATCH', path, body),
    put: async (path, content) => answer('PUT', await fetch(address(path), { method: 'PUT', body: new Uint8Array(content) })),
  };
}
