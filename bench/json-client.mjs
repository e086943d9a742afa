import { Agent, request } from 'node:http';

/** A keep-alive JSON client for one server; node:http costs the load process less than fetch does. */
export function createJsonClient(baseUrl, prefix = '') {
  const { hostname, port } = new URL(baseUrl);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });

  function send(method, path, body) {
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = payload ? { 'content-type': 'application/json', 'content-length': payload.length } : {};
    return new Promise((resolve, reject) => {
      const sent = request({ hostname, port, method, path: prefix + path, agent, headers }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode >= 300) reject(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 200)}`));
          else resolve(text === '' ? {} : JSON.parse(text));
        });
      });
      sent.on('error', reject);
      sent.end(payload);
    });
  }

  return {
    get: (path, query = {}) => send('GET', `${path}?${new URLSearchParams(query)}`),
    post: (path, body) => send('POST', path, body),
    close: () => agent.destroy(),
  };
}
