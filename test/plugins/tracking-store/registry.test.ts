import { test } from 'tap';
import { createFixture, faultOf, invalid, missing, taken } from './registry-fixture.js';

const SEE_DOCS = 'See the API docs for more information about request parameters.';
const PATH_RULE = 'Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to';
const CHARACTER_RULE = 'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).';

test('a registered model keeps its description and the last value of each tag', async (t) => {
  const { registry } = await createFixture(t);
  const tags = [{ key: 'b', value: '1' }, { key: 'a', value: '2' }, { key: 'b', value: '3' }];
  const created = await registry.createRegisteredModel({ name: 'iris', description: 'leaves', tags });
  const expected = {
    name: 'iris', creation_timestamp: 1000, last_updated_timestamp: 1000, description: 'leaves', latest_versions: undefined,
    tags: [{ key: 'a', value: '2' }, { key: 'b', value: '3' }], aliases: undefined,
  };
  t.same(created, expected);
  t.same(await registry.getRegisteredModel('iris'), expected);
});

test('a name that would be a path, blank or too long is refused by its rule', async (t) => {
  const { registry } = await createFixture(t);
  const refused: [string, string][] = [
    ['a/b', "Invalid model name 'a/b'. Names cannot contain '/' or ':'."],
    ['a:b', "Invalid model name 'a:b'. Names cannot contain '/' or ':'."],
    ['../x', "Invalid model name '../x'. Names cannot contain '/' or ':'."],
    ['', `Missing value for required parameter 'name'. ${SEE_DOCS}`],
    ['   ', "Missing value for required parameter 'name'."],
    ['..', `Invalid value ".." for parameter 'name' supplied: ${PATH_RULE} '..'`],
    ['.', `Invalid value "." for parameter 'name' supplied: ${PATH_RULE} '.'`],
    ['..é', `Invalid value "..\\u00e9" for parameter 'name' supplied: ${PATH_RULE} '..é'`],
    ['a\0b', 'Invalid value "a\\u0000b" for parameter \'name\' supplied: Names cannot contain a NUL character.'],
    ['n'.repeat(257), "'name' exceeds the maximum length of 256 characters"],
  ];
  for (const [name, message] of refused) t.same(await faultOf(registry.createRegisteredModel({ name })), invalid(message), JSON.stringify(name));
  t.same(await registry.searchRegisteredModels({}), { items: [] }, 'nothing of them was stored');
});

for (const name of ['50%20off', 'we"ird\'', 'tail ', 'é模型', 'a?b#c', '😀'.repeat(255)]) {
  test(`a model named ${name.slice(0, 20)} can be opened, versioned, aliased, found, renamed and deleted`, async (t) => {
    const { registry } = await createFixture(t);
    await registry.createRegisteredModel({ name });
    await registry.createModelVersion({ name, source: 's3://b/x' });
    await registry.setAlias(name, 'champion', '1');
    t.equal((await registry.getModelVersionByAlias(name, 'champion')).name, name);
    t.equal((await registry.createModelVersion({ name, source: `models:/${name}@champion` })).source, `models:/${name}/1`);
    const found = await registry.searchRegisteredModels({ filter: `name = '${name.replaceAll("'", "''")}'` });
    t.same(found.items.map((model) => model.name), [name]);
    t.equal((await registry.renameRegisteredModel(name, `${name}2`)).latest_versions?.[0]?.version, '2');
    await registry.deleteRegisteredModel(`${name}2`);
    t.same(await faultOf(registry.getRegisteredModel(`${name}2`)), missing(`Registered Model with name=${name}2 not found`));
  });
}

test('a taken name is refused, and the message tells prompts from models', async (t) => {
  const { registry } = await createFixture(t);
  const tags = [{ key: 'mlflow.prompt.is_prompt', value: 'true' }];
  await registry.createRegisteredModel({ name: 'm' });
  await registry.createRegisteredModel({ name: 'p', tags });
  t.same(await faultOf(registry.createRegisteredModel({ name: 'm', tags: [{ key: 'k', value: 'v' }] })), taken('Registered Model (name=m) already exists.'));
  t.same(await faultOf(registry.createRegisteredModel({ name: 'p', tags })), taken('Prompt (name=p) already exists.'));
  const both = 'MLflow does not allow creating a model and a prompt with the same name.';
  t.same(await faultOf(registry.createRegisteredModel({ name: 'p' })), taken(`Tried to create a registered model with name 'p', but the name is already taken by a prompt. ${both}`));
  t.same(await faultOf(registry.createRegisteredModel({ name: 'm', tags })), taken(`Tried to create a prompt with name 'm', but the name is already taken by a registered model. ${both}`));
  t.equal((await registry.getRegisteredModel('m')).tags, undefined, 'the refused tags were not written');
});

test('a tag of a model is written over and deleted, and a bad key or a long value is refused', async (t) => {
  const { registry } = await createFixture(t);
  await registry.createRegisteredModel({ name: 'm' });
  await registry.setRegisteredModelTag('m', 'a/b é', 'one');
  await registry.setRegisteredModelTag('m', 'a/b é', 'two');
  await registry.setRegisteredModelTag('m', 'empty', '');
  t.same((await registry.getRegisteredModel('m')).tags, [{ key: 'a/b é', value: 'two' }, { key: 'empty', value: '' }]);
  await registry.deleteRegisteredModelTag('m', 'empty');
  await registry.deleteRegisteredModelTag('m', 'was never there');
  t.same((await registry.getRegisteredModel('m')).tags, [{ key: 'a/b é', value: 'two' }]);
  t.equal((await registry.getRegisteredModel('m')).last_updated_timestamp, 1000);

  t.same(await faultOf(registry.setRegisteredModelTag('m', 'a,b', 'x')), invalid(`Invalid value "a,b" for parameter 'key' supplied: ${CHARACTER_RULE}`));
  t.same(await faultOf(registry.setRegisteredModelTag('m', 'a/b/', 'x')), invalid(`Invalid value "a/b/" for parameter 'key' supplied: ${PATH_RULE} 'a/b'`));
  t.same(await faultOf(registry.setRegisteredModelTag('m', '/a', 'x')), invalid(`Invalid value "/a" for parameter 'key' supplied: ${PATH_RULE} '/a'`));
  t.same(await faultOf(registry.setRegisteredModelTag('m', '', 'x')), invalid(`Missing value for required parameter 'key'. ${SEE_DOCS}`));
  t.same(await faultOf(registry.setRegisteredModelTag('m', 'k'.repeat(251), 'x')), invalid("'key' exceeds the maximum length of 250 characters"));
  t.same(await faultOf(registry.setRegisteredModelTag('m', 'k', 'v'.repeat(100_001))), invalid("'value' exceeds the maximum length of 100000 characters"));
  t.same(await faultOf(registry.deleteRegisteredModelTag('m', 'a,b')), invalid(`Invalid value "a,b" for parameter 'key' supplied: ${CHARACTER_RULE}`));
  t.same(await faultOf(registry.setRegisteredModelTag('absent', 'k', 'x')), missing('Registered Model with name=absent not found'));
  t.same(await faultOf(registry.deleteRegisteredModelTag('absent', 'k')), missing('Registered Model with name=absent not found'));
});

test('a new description moves the time of change, an empty or missing one takes it away', async (t) => {
  const { registry, clock } = await createFixture(t);
  await registry.createRegisteredModel({ name: 'm', description: 'old' });
  clock.now = 2000;
  const { description, creation_timestamp, last_updated_timestamp } = await registry.updateRegisteredModel('m', 'new');
  t.same({ description, creation_timestamp, last_updated_timestamp }, { description: 'new', creation_timestamp: 1000, last_updated_timestamp: 2000 });
  t.equal((await registry.updateRegisteredModel('m', '')).description, undefined);
  await registry.updateRegisteredModel('m', 'again');
  t.equal((await registry.updateRegisteredModel('m', undefined)).description, undefined);
  t.same(await faultOf(registry.updateRegisteredModel('absent', 'x')), missing('Registered Model with name=absent not found'));
});

test('renaming carries versions, tags and aliases along', async (t) => {
  const { registry, clock } = await createFixture(t);
  await registry.createRegisteredModel({ name: 'old', description: 'd', tags: [{ key: 'k', value: 'v' }] });
  await registry.createModelVersion({ name: 'old', source: 's3://b/1', tags: [{ key: 'vk', value: 'vv' }] });
  await registry.setAlias('old', 'champion', '1');
  clock.now = 3000;
  const renamed = await registry.renameRegisteredModel('old', 'new');
  t.same(renamed, await registry.getRegisteredModel('new'));
  t.same({ ...renamed, latest_versions: undefined }, {
    name: 'new', creation_timestamp: 1000, last_updated_timestamp: 3000, description: 'd', latest_versions: undefined,
    tags: [{ key: 'k', value: 'v' }], aliases: [{ alias: 'champion', version: '1' }],
  });
  const version = await registry.getModelVersionByAlias('new', 'champion');
  t.same([version.name, version.last_updated_timestamp, version.tags], ['new', 3000, [{ key: 'vk', value: 'vv' }]]);
  t.same(await faultOf(registry.getRegisteredModel('old')), missing('Registered Model with name=old not found'));
  t.equal((await registry.createRegisteredModel({ name: 'old' })).latest_versions, undefined, 'the old name is free and starts empty');
});

test('renaming is refused for a taken, bad or absent name, and changes nothing', async (t) => {
  const { registry } = await createFixture(t);
  await registry.createRegisteredModel({ name: 'a' });
  await registry.createRegisteredModel({ name: 'b' });
  t.same(await faultOf(registry.renameRegisteredModel('a', 'b')), taken('Registered Model (name=b) already exists.'));
  t.same(await faultOf(registry.renameRegisteredModel('a', '')), invalid(`Missing value for required parameter 'new_name'. ${SEE_DOCS}`));
  t.same(await faultOf(registry.renameRegisteredModel('a', 'x/y')), invalid("Invalid model name 'x/y'. Names cannot contain '/' or ':'."));
  t.same(await faultOf(registry.renameRegisteredModel('absent', 'b')), missing('Registered Model with name=absent not found'));
  t.equal((await registry.renameRegisteredModel('a', 'a')).name, 'a', 'its own name is no conflict');
  t.same((await registry.searchRegisteredModels({})).items.map(({ name }) => name), ['a', 'b']);
});

test('deleting a model leaves no row of it, and the name starts again at version 1', async (t) => {
  const { registry, db } = await createFixture(t);
  await registry.createRegisteredModel({ name: 'm', tags: [{ key: 'k', value: 'v' }] });
  await registry.createModelVersion({ name: 'm', source: 's3://b/1', tags: [{ key: 'k', value: 'v' }] });
  await registry.setAlias('m', 'champion', '1');
  await registry.deleteRegisteredModel('m');
  for (const table of ['registered_models', 'registered_model_tags', 'model_versions', 'model_version_tags', 'registered_model_aliases']) {
    t.same(await db.all(`SELECT * FROM ${table}`), [], table);
  }
  t.same(await faultOf(registry.deleteRegisteredModel('m')), missing('Registered Model with name=m not found'));
  t.same(await faultOf(registry.getModelVersion('m', '1')), missing('Model Version (name=m, version=1) not found'));
  await registry.createRegisteredModel({ name: 'm' });
  t.equal((await registry.createModelVersion({ name: 'm', source: 's3://b/1' })).version, '1');
});
