export type Json = any; // eslint-disable-line @typescript-eslint/no-explicit-any -- the shape is what the test asserts

async function answer(response: Response): Promise<Json> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} from ${response.url}: ${text.slice(0, 500)}`);
  return text === '' ? {} : JSON.parse(text);
}

/** Calls a tracking route with a JSON body; anything but a success throws. */
export async function post(url: string, path: string, body: object): Promise<Json> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return answer(await fetch(`${url}/api/2.0/mlflow/${path}`, init));
}

/** Reads a tracking route with query parameters; anything but a success throws. */
export async function get(url: string, path: string, query: Record<string, string>): Promise<Json> {
  return answer(await fetch(`${url}/api/2.0/mlflow/${path}?${new URLSearchParams(query)}`));
}

/** Uploads one artifact of a run through the server; `root` is the run's artifact URI. */
export async function upload(url: string, root: string, path: string, content: string): Promise<void> {
  const folder = root.replace('mlflow-artifacts:/', '');
  await answer(await fetch(`${url}/api/2.0/mlflow-artifacts/artifacts/${folder}/${path}`, { method: 'PUT', body: content }));
}
