import { test } from 'tap';
import { createRegistryApp, fault, ok } from './registry-app.js';

const times = { creation_timestamp: 1000, last_updated_timestamp: 1000 };
const versionOf = (name: string, version: string) => ({ name, version, ...times, current_stage: 'None', description: '', source: 's3://b/x', run_id: '', run_link: '', status: 'READY' });
const missingValue = (field: string) => fault(400, 'INVALID_PARAMETER_VALUE', `Missing value for required parameter '${field}'. See the API docs for more information about request parameters.`);
const notFound = (name: string) => fault(404, 'RESOURCE_DOES_NOT_EXIST', `Registered Model with name=${name} not found`);

test('a new model answers with its name and times, and with what was given', async (t) => {
  const { send, get } = await createRegistryApp(t);
  t.same(await send('POST', 'registered-models/create', { name: 'iris' }), ok({ registered_model: { name: 'iris', ...times } }));
  const full = { name: 'full', description: 'd', tags: [{ key: 'k', value: 'v' }, { key: 'none' }] };
  const expected = ok({ registered_model: { name: 'full', ...times, description: 'd', tags: [{ key: 'k', value: 'v' }, { key: 'none', value: '' }] } });
  t.same(await send('POST', 'registered-models/create', full), expected);
  t.same(await get('registered-models/get', { name: 'full' }), expected);
  t.same(await send('POST', 'registered-models/create', { name: 'iris' }), fault(400, 'RESOURCE_ALREADY_EXISTS', 'Registered Model (name=iris) already exists.'));
  t.same(await send('POST', 'registered-models/create', {}), missingValue('name'));
  t.same(await send('POST', 'registered-models/create', { name: '' }), missingValue('name'));
  t.same(await get('registered-models/get'), missingValue('name'));
  t.same(await get('registered-models/get', { name: 'absent' }), notFound('absent'));
});

test('a model is read with its versions, tags and aliases', async (t) => {
  const { send, get } = await createRegistryApp(t);
  await send('POST', 'registered-models/create', { name: 'é模型' });
  await send('POST', 'model-versions/create', { name: 'é模型', source: 's3://b/x' });
  t.same(await send('POST', 'registered-models/set-tag', { name: 'é模型', key: 'k', value: 'v' }), ok({}));
  t.same(await send('POST', 'registered-models/set-tag', { name: 'é模型', key: 'none' }), ok({}));
  t.same(await send('POST', 'registered-models/alias', { name: 'é模型', alias: 'champion', version: '1' }), ok({}));
  const tags = [{ key: 'k', value: 'v' }, { key: 'none', value: '' }];
  const model = { name: 'é模型', ...times, latest_versions: [versionOf('é模型', '1')], tags, aliases: [{ alias: 'champion', version: '1' }] };
  t.same(await get('registered-models/get', { name: 'é模型' }), ok({ registered_model: model }));
  t.same(await get('registered-models/search'), ok({ registered_models: [model] }));
  t.same(await send('DELETE', 'registered-models/delete-tag', { name: 'é模型', key: 'none' }), ok({}));
  t.same(await send('DELETE', 'registered-models/alias', { name: 'é模型', alias: 'champion' }), ok({}));
  const { aliases, ...rest } = model;
  t.equal(aliases.length, 1);
  t.same(await get('registered-models/get', { name: 'é模型' }), ok({ registered_model: { ...rest, tags: [{ key: 'k', value: 'v' }] } }));
  t.same(await send('DELETE', 'registered-models/delete-tag', { name: 'absent', key: 'k' }), notFound('absent'));
  t.same(await send('POST', 'registered-models/set-tag', { name: 'é模型', value: 'v' }), missingValue('key'));
});

test('an alias reads its version, and a fault names the alias', async (t) => {
  const { send, get } = await createRegistryApp(t);
  await send('POST', 'registered-models/create', { name: 'm' });
  for (let i = 0; i < 2; i++) await send('POST', 'model-versions/create', { name: 'm', source: 's3://b/x' });
  t.same(await send('POST', 'registered-models/alias', { name: 'm', alias: 'champion', version: '1' }), ok({}));
  t.same(await get('registered-models/alias', { name: 'm', alias: 'champion' }), ok({ model_version: { ...versionOf('m', '1'), aliases: ['champion'] } }));
  t.same(await get('registered-models/alias', { name: 'm', alias: 'latest' }), ok({ model_version: versionOf('m', '2') }));
  t.same(await send('DELETE', 'model-versions/delete', { name: 'm', version: '1' }), ok({}));
  t.same(await get('registered-models/alias', { name: 'm', alias: 'champion' }), fault(400, 'INVALID_PARAMETER_VALUE', 'Registered model alias champion not found.'));
  t.same(await get('registered-models/alias', { name: 'absent', alias: 'champion' }), notFound('absent'));
  t.same(await send('POST', 'registered-models/alias', { name: 'm', alias: 'v1', version: '2' }), fault(400, 'INVALID_PARAMETER_VALUE', "Version alias name 'v1' is reserved."));
  t.same(await send('POST', 'registered-models/alias', { name: 'm', alias: 'a' }), missingValue('version'));
  t.same(await get('registered-models/alias', { name: 'm', alias: '' }), missingValue('alias'));
});

test('a model is described, renamed and deleted', async (t) => {
  const { send, get, clock } = await createRegistryApp(t);
  await send('POST', 'registered-models/create', { name: 'm' });
  clock.now = 2000;
  const changed = { creation_timestamp: 1000, last_updated_timestamp: 2000 };
  t.same(await send('PATCH', 'registered-models/update', { name: 'm', description: 'd' }), ok({ registered_model: { name: 'm', ...changed, description: 'd' } }));
  t.same(await send('PATCH', 'registered-models/update', { name: 'm', description: '' }), ok({ registered_model: { name: 'm', ...changed } }));
  t.same(await send('POST', 'registered-models/rename', { name: 'm', new_name: 'n' }), ok({ registered_model: { name: 'n', ...changed } }));
  t.same(await send('POST', 'registered-models/rename', { name: 'n' }), missingValue('new_name'));
  t.same(await send('POST', 'registered-models/rename', { name: 'm', new_name: 'x' }), notFound('m'));
  t.same(await send('DELETE', 'registered-models/delete', { name: 'n' }), ok({}));
  t.same(await send('DELETE', 'registered-models/delete', { name: 'n' }), notFound('n'));
  t.same(await send('DELETE', 'registered-models/delete', {}), missingValue('name'));
  t.same(await get('registered-models/search'), ok({}));
});

test('a search takes its parts as a query string and goes on where the token says', async (t) => {
  const { send, get } = await createRegistryApp(t);
  for (const name of ['a', 'b', 'c']) await send('POST', 'registered-models/create', { name });
  const model = (name: string) => ({ name, ...times });
  t.same(await get('registered-models/search', { filter: "name IN ('a', 'c')", order_by: 'name DESC' }), ok({ registered_models: [model('c'), model('a')] }));
  t.same(await get('registered-models/search', { order_by: ['timestamp DESC', 'name DESC'] }), ok({ registered_models: [model('c'), model('b'), model('a')] }));
  const first = (await get('registered-models/search', { max_results: '2' })).body as { next_page_token: string };
  t.same(first, { registered_models: [model('a'), model('b')], next_page_token: first.next_page_token });
  t.same(await get('registered-models/search', { max_results: '2', page_token: first.next_page_token }), ok({ registered_models: [model('c')] }));
  t.same(await get('registered-models/search', { max_results: '1001' }), fault(400, 'INVALID_PARAMETER_VALUE', "Invalid value 1001 for parameter 'max_results' supplied: It must be at most 1000."));
  t.match(await get('registered-models/search', { max_results: 'abc' }), { status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE', message: /'max_results'/ } });
  t.match(await get('registered-models/search', { page_token: 'junk' }), { status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE', message: /Invalid page token "junk"/ } });
});

test('the latest versions are read by POST and by GET', async (t) => {
  const { send, get } = await createRegistryApp(t);
  await send('POST', 'registered-models/create', { name: 'm' });
  t.same(await send('POST', 'registered-models/get-latest-versions', { name: 'm' }), ok({}));
  for (let i = 0; i < 2; i++) await send('POST', 'model-versions/create', { name: 'm', source: 's3://b/x' });
  await send('POST', 'model-versions/transition-stage', { name: 'm', version: '1', stage: 'Production' });
  const [first, second] = [{ ...versionOf('m', '1'), current_stage: 'Production' }, versionOf('m', '2')];
  t.same(await send('POST', 'registered-models/get-latest-versions', { name: 'm' }), ok({ model_versions: [first, second] }));
  t.same(await send('POST', 'registered-models/get-latest-versions', { name: 'm', stages: ['None'] }), ok({ model_versions: [second] }));
  t.same(await get('registered-models/get-latest-versions', { name: 'm', stages: ['none', 'production'] }), ok({ model_versions: [first, second] }));
  t.same(await get('registered-models/get-latest-versions', { name: 'm', stages: 'Production' }), ok({ model_versions: [first] }));
  t.same(await get('registered-models/get-latest-versions', { name: 'm', stages: 'x' }), fault(400, 'INVALID_PARAMETER_VALUE', 'Invalid Model Version stage: x. Value must be one of None, Staging, Production, Archived.'));
});
