import { test } from 'tap';
import { createRegistryApp, fault, ok } from './registry-app.js';

const base = { name: 'm', version: '1', creation_timestamp: 1000, last_updated_timestamp: 1000, current_stage: 'None', description: '', source: 's3://b/x', run_id: '', run_link: '', status: 'READY' };
const missingValue = (field: string) => fault(400, 'INVALID_PARAMETER_VALUE', `Missing value for required parameter '${field}'. See the API docs for more information about request parameters.`);
const notFound = (version: string) => fault(404, 'RESOURCE_DOES_NOT_EXIST', `Model Version (name=m, version=${version}) not found`);

async function withVersion(t: Parameters<typeof createRegistryApp>[0]) {
  const app = await createRegistryApp(t);
  await app.send('POST', 'registered-models/create', { name: 'm' });
  await app.send('POST', 'model-versions/create', { name: 'm', source: 's3://b/x' });
  return app;
}

test('a new version answers with its number as a string, its times as numbers, and what was given', async (t) => {
  const { send, get } = await createRegistryApp(t);
  await send('POST', 'registered-models/create', { name: 'm' });
  t.same(await send('POST', 'model-versions/create', { name: 'm', source: 's3://b/x' }), ok({ model_version: base }));
  const input = { name: 'm', source: 'models:/m-1', model_id: 'm-1', run_link: 'http://x', description: 'd', tags: [{ key: 'k', value: 'v' }, { key: 'none' }] };
  const full = { ...base, version: '2', source: 'models:/m-1', model_id: 'm-1', run_id: 'r1', run_link: 'http://x', description: 'd', tags: [{ key: 'k', value: 'v' }, { key: 'none', value: '' }] };
  t.same(await send('POST', 'model-versions/create', input), ok({ model_version: full }));
  t.same(await get('model-versions/get', { name: 'm', version: '2' }), ok({ model_version: full }));
  t.same(await get('model-versions/get-download-uri', { name: 'm', version: '2' }), ok({ artifact_uri: 'mlflow-artifacts:/1/models/m-1/artifacts' }));
});

test('a request without a value or for what is not there is refused', async (t) => {
  const { send, get } = await withVersion(t);
  t.same(await send('POST', 'model-versions/create', { name: 'm' }), missingValue('source'));
  t.same(await send('POST', 'model-versions/create', { source: 's3://b/x' }), missingValue('name'));
  t.same(await send('POST', 'model-versions/create', { name: 'x', source: 's3://b/x' }), fault(404, 'RESOURCE_DOES_NOT_EXIST', 'Registered Model with name=x not found'));
  t.same(await get('model-versions/get', { name: 'm' }), missingValue('version'));
  t.same(await get('model-versions/get', { name: 'm', version: '' }), missingValue('version'));
  for (const version of ['abc', '1.0']) t.same(await get('model-versions/get', { name: 'm', version }), fault(400, 'INVALID_PARAMETER_VALUE', `Parameter 'version' must be an integer, got '${version}'.`));
  for (const version of ['-1', '99999999999999', '99999999999999999999999']) t.same(await get('model-versions/get', { name: 'm', version }), notFound(version));
  t.same(await get('model-versions/get-download-uri', { name: 'm', version: '9' }), notFound('9'));
  t.same(await send('DELETE', 'model-versions/delete', { name: 'm' }), missingValue('version'));
  t.same(await send('DELETE', 'model-versions/delete', { name: 'm', version: '9' }), notFound('9'));
});

test('a version is described, tagged, moved and deleted', async (t) => {
  const { send, get, clock } = await withVersion(t);
  clock.now = 2000;
  const changed = { ...base, last_updated_timestamp: 2000 };
  const { description, ...bare } = changed;
  t.equal(description, '');
  t.same(await send('PATCH', 'model-versions/update', { name: 'm', version: '1', description: 'd' }), ok({ model_version: { ...changed, description: 'd' } }));
  t.same(await send('PATCH', 'model-versions/update', { name: 'm', version: 1, description: '' }), ok({ model_version: changed }), 'a number stands for a version too');
  t.same(await send('PATCH', 'model-versions/update', { name: 'm', version: '1' }), ok({ model_version: bare }));
  t.same(await send('POST', 'model-versions/set-tag', { name: 'm', version: '1', key: 'k', value: 'v' }), ok({}));
  t.same(await send('POST', 'model-versions/set-tag', { name: 'm', version: '1', key: 'none' }), ok({}));
  t.same(await send('DELETE', 'model-versions/delete-tag', { name: 'm', version: '1', key: 'none' }), ok({}));
  await send('POST', 'registered-models/alias', { name: 'm', alias: 'champion', version: '1' });
  const moved = { ...bare, current_stage: 'Staging', tags: [{ key: 'k', value: 'v' }], aliases: ['champion'] };
  t.same(await send('POST', 'model-versions/transition-stage', { name: 'm', version: '1', stage: 'staging' }), ok({ model_version: moved }));
  t.same(await get('model-versions/get', { name: 'm', version: '1' }), ok({ model_version: moved }));
  t.same(await send('POST', 'model-versions/transition-stage', { name: 'm', version: '1' }), missingValue('stage'));
  t.match(await send('POST', 'model-versions/transition-stage', { name: 'm', version: '1', stage: 'None', archive_existing_versions: 'nope' }), { status: 400, body: { message: /archive_existing_versions/ } });
  t.same(await send('DELETE', 'model-versions/delete', { name: 'm', version: '1' }), ok({}));
  t.same(await get('model-versions/get', { name: 'm', version: '1' }), notFound('1'));
});

test('moving a version to a stage archives the others when asked', async (t) => {
  const { send, get } = await withVersion(t);
  await send('POST', 'model-versions/create', { name: 'm', source: 's3://b/x' });
  await send('POST', 'model-versions/transition-stage', { name: 'm', version: '1', stage: 'Production' });
  const answer = await send('POST', 'model-versions/transition-stage', { name: 'm', version: '2', stage: 'Production', archive_existing_versions: true });
  t.same(answer, ok({ model_version: { ...base, version: '2', current_stage: 'Production' } }));
  t.same(await get('model-versions/get', { name: 'm', version: '1' }), ok({ model_version: { ...base, current_stage: 'Archived' } }));
});

test('a search takes its parts as a query string and goes on where the token says', async (t) => {
  const { send, get } = await withVersion(t);
  await send('POST', 'model-versions/create', { name: 'm', source: 's3://b/x' });
  const [one, two] = [base, { ...base, version: '2' }];
  t.same(await get('model-versions/search'), ok({ model_versions: [two, one] }));
  t.same(await get('model-versions/search', { filter: "name = 'm'", order_by: 'version_number ASC' }), ok({ model_versions: [one, two] }));
  t.same(await get('model-versions/search', { filter: "run_id = 'none'" }), ok({}));
  const first = (await get('model-versions/search', { max_results: '1' })).body as { next_page_token: string };
  t.same(first, { model_versions: [two], next_page_token: first.next_page_token });
  t.same(await get('model-versions/search', { max_results: '1', page_token: first.next_page_token }), ok({ model_versions: [one] }));
  t.same(await get('model-versions/search', { max_results: '0' }), fault(400, 'INVALID_PARAMETER_VALUE', 'Invalid value for max_results. It must be a positive integer, but got 0'));
});
