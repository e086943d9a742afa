import { test } from 'tap';
import { createRegistry } from '../../../src/plugins/tracking-store/registry-store.js';
import { createFixture, faultOf, invalid, missing, resolveSource, type RegistryFixture } from './registry-fixture.js';

const SEE_DOCS = 'See the API docs for more information about request parameters.';

async function withVersions({ registry }: RegistryFixture, count: number, name = 'm') {
  await registry.createRegisteredModel({ name });
  for (let i = 1; i <= count; i++) await registry.createModelVersion({ name, source: `s3://b/${i}` });
}

test('a version keeps what it was made from and moves the time of its model', async (t) => {
  const { registry, clock } = await createFixture(t);
  await registry.createRegisteredModel({ name: 'm' });
  clock.now = 2000;
  const tags = [{ key: 'z', value: '1' }, { key: 'a', value: '2' }, { key: 'z', value: '3' }];
  const created = await registry.createModelVersion({ name: 'm', source: 's3://b/x', run_id: 'r9', run_link: 'http://x', description: 'd', tags });
  const expected = {
    name: 'm', version: '1', creation_timestamp: 2000, last_updated_timestamp: 2000, current_stage: 'None', description: 'd', source: 's3://b/x', run_id: 'r9',
    run_link: 'http://x', model_id: undefined, status: 'READY', tags: [{ key: 'a', value: '2' }, { key: 'z', value: '3' }], aliases: undefined,
  };
  t.same(created, expected);
  t.same(await registry.getModelVersion('m', '1'), expected);
  t.same(await registry.getRegisteredModel('m'), {
    name: 'm', creation_timestamp: 1000, last_updated_timestamp: 2000, description: undefined, latest_versions: [expected], tags: undefined, aliases: undefined,
  });
});

test('a version of a logged model has its location and run, and the logged model lists its versions', async (t) => {
  const { registry, db } = await createFixture(t);
  await db.batch([{ sql: `INSERT INTO logged_models (model_id, experiment_id, name, artifact_uri, creation_timestamp, last_updated_timestamp, status, lifecycle_stage) VALUES ('m-1', 1, 'l', 'x', 1, 1, 'READY', 'active')` }]);
  const listed = async () => (await db.all("SELECT value FROM logged_model_tags WHERE model_id = 'm-1' AND key = 'mlflow.modelVersions'")).map(({ value }) => value);
  await registry.createRegisteredModel({ name: 'we"ird' });
  const input = { name: 'we"ird', source: 'models:/m-1', model_id: 'm-1' };
  const { source, run_id, model_id } = await registry.createModelVersion(input);
  t.same({ source, run_id, model_id }, { source: 'models:/m-1', run_id: 'r1', model_id: 'm-1' });
  t.equal(await registry.getDownloadUri('we"ird', '1'), 'mlflow-artifacts:/1/models/m-1/artifacts');
  t.same(await listed(), ['[{"name": "we\\"ird", "version": 1}]']);
  await registry.createModelVersion(input);
  t.same(await listed(), ['[{"name": "we\\"ird", "version": 1}, {"name": "we\\"ird", "version": 2}]']);
  await registry.deleteRegisteredModel('we"ird');
  await registry.createRegisteredModel({ name: 'we"ird' });
  await registry.createModelVersion(input);
  t.equal(JSON.parse((await listed())[0]).length, 2, 'a version that is listed already is not listed twice');
  await db.batch([{ sql: "UPDATE logged_model_tags SET value = 'not a list'" }]);
  await registry.createModelVersion(input);
  t.same(await listed(), ['[{"name": "we\\"ird", "version": 2}]']);
});

test('a version made from another one by number, alias, stage or latest keeps its location, run and logged model', async (t) => {
  const fixture = await createFixture(t);
  const { registry } = fixture;
  await registry.createRegisteredModel({ name: 'from' });
  await registry.createModelVersion({ name: 'from', source: 'models:/m-1', model_id: 'm-1' });
  await registry.createModelVersion({ name: 'from', source: 's3://b/2', run_id: 'r2' });
  await registry.setAlias('from', 'champion', '1');
  await registry.transitionStage({ name: 'from', version: '1', stage: 'Production', archive_existing_versions: false });
  await registry.createRegisteredModel({ name: 'to' });
  for (const [source, canonical] of [
    ['models:/from/1', 'models:/from/1'],
    ['models:/from@champion', 'models:/from/1'],
    ['models:/from/production', 'models:/from/1'],
    ['models:/from/Latest', 'models:/from/2'],
    ['models:/from@latest', 'models:/from/2'],
    ['models:///from/2', 'models:/from/2'],
    ['MODELS:/from/2', 'models:/from/2'],
    ['models:/to/1', 'models:/to/1'],
  ] as const) {
    const version = await registry.createModelVersion({ name: 'to', source });
    const isFirst = canonical !== 'models:/from/2';
    t.same([version.source, version.run_id, version.model_id], [canonical, isFirst ? 'r1' : 'r2', isFirst ? 'm-1' : undefined], source);
    t.equal(await registry.getDownloadUri('to', version.version), isFirst ? 'mlflow-artifacts:/1/models/m-1/artifacts' : 's3://b/2');
  }
  t.equal((await registry.createModelVersion({ name: 'to', source: 'models:/from/1', run_id: 'r1', model_id: 'm-1' })).run_id, 'r1');
  const mismatch = invalid("Invalid model version source: 'models:/from/1'. The run_id and model_id request parameters must match the referenced model version.");
  t.same(await faultOf(registry.createModelVersion({ name: 'to', source: 'models:/from/1', run_id: 'other' })), mismatch);
  t.same(await faultOf(registry.createModelVersion({ name: 'to', source: 'models:/from/1', model_id: 'm-2' })), mismatch);
  t.same(await faultOf(registry.createModelVersion({ name: 'to', source: 'models:/from/1', run_id: '' })), mismatch);
});

test('a source that leads nowhere is refused, and no version number is spent on it', async (t) => {
  const fixture = await createFixture(t);
  const { registry } = fixture;
  await withVersions(fixture, 1);
  const place = 'The model_id request parameter must identify the resource that contains the source.';
  const faults: [string, object][] = [
    ['models:/absent/1', missing('Registered Model with name=absent not found')],
    ['models:/m/99', missing('Model Version (name=m, version=99) not found')],
    ['models:/m@nope', invalid('Registered model alias nope not found.')],
    ['models:/m/Staging', missing("No versions of model with name 'm' and stage 'Staging' found")],
    ['models:/m/bogus', invalid('Invalid Model Version stage: bogus. Value must be one of None, Staging, Production, Archived.')],
    ['models://host/m/1', invalid("Invalid model version source: 'models://host/m/1'. Registered model sources must use the active model registry.")],
    ['models:/@x', invalid(`Missing value for required parameter 'name'. ${SEE_DOCS}`)],
    ...['models:/', 'models:m/1', 'models:/m/1/2', 'models:/m/', 'models:/m@', 'models:/../../x'].map((source): [string, object] => [source, invalid(`Invalid model version source: '${source}'. ${place}`)]),
    ['/etc', invalid("Invalid model version source: '/etc'.")],
    ['', invalid(`Missing value for required parameter 'source'. ${SEE_DOCS}`)],
  ];
  for (const [source, fault] of faults) t.same(await faultOf(registry.createModelVersion({ name: 'm', source })), fault, source);
  t.same(await faultOf(registry.createModelVersion({ name: 'absent', source: 's3://b/x' })), missing('Registered Model with name=absent not found'));
  t.equal((await registry.createModelVersion({ name: 'm', source: 's3://b/2' })).version, '2');
});

test('a prompt has a placeholder for a source and is no source of a model', async (t) => {
  const { registry } = await createFixture(t);
  const tags = [{ key: 'mlflow.prompt.is_prompt', value: 'true' }];
  await registry.createRegisteredModel({ name: 'p', tags });
  await registry.createRegisteredModel({ name: 'm' });
  t.same(await faultOf(registry.createModelVersion({ name: 'p', source: '/etc', tags })), invalid("Invalid prompt source: '/etc'. Prompt sources must use an MLflow placeholder."));
  const long = [...tags, { key: 'mlflow.prompt.text', value: 'v'.repeat(100_001) }];
  t.same(await faultOf(registry.createModelVersion({ name: 'p', source: 'dummy-source', tags: long })), invalid('Prompt text exceeds max length of 100000 characters.'));
  t.equal((await registry.createModelVersion({ name: 'p', source: 'dummy-source', tags })).source, 'dummy-source');
  const refusal = invalid("Invalid model version source: 'models:/p/1'. Prompt versions cannot be used as model version sources.");
  t.same(await faultOf(registry.createModelVersion({ name: 'm', source: 'models:/p/1' })), refusal);
});

test('versions made at once get one number each, without a gap', async (t) => {
  const { registry, db } = await createFixture(t);
  const second = createRegistry({ db, resolveSource });
  await registry.createRegisteredModel({ name: 'm' });
  const tags = [{ key: 'k', value: 'v' }];
  const made = await Promise.all(Array.from({ length: 50 }, (_, i) => (i % 2 ? registry : second).createModelVersion({ name: 'm', source: `s3://b/${i}`, tags })));
  t.same(made.map(({ version }) => Number(version)).sort((a, b) => a - b), Array.from({ length: 50 }, (_, i) => i + 1));
  for (const version of made) t.same(await registry.getModelVersion('m', version.version), version);
});

test('a write that is refused half-way leaves nothing behind', async (t) => {
  const { registry, db } = await createFixture(t);
  await registry.createRegisteredModel({ name: 'm' });
  const badTag = [{ key: 'k', value: 'v' }, { key: 'a,b', value: 'v' }];
  t.match(await faultOf(registry.createModelVersion({ name: 'm', source: 's3://b/x', tags: badTag })), { status: 400 });
  await db.batch([{ sql: "CREATE TRIGGER refuse BEFORE INSERT ON model_version_tags BEGIN SELECT RAISE(ABORT, 'disk fault'); END" }]);
  await t.rejects(registry.createModelVersion({ name: 'm', source: 's3://b/x', tags: [{ key: 'k', value: 'v' }] }), /disk fault/);
  await db.batch([{ sql: 'DROP TRIGGER refuse' }]);
  t.same(await registry.searchModelVersions({}), { items: [] });
  t.equal((await registry.createModelVersion({ name: 'm', source: 's3://b/x' })).version, '1');
});

test('the number of a deleted version is not given again, and its tags are gone', async (t) => {
  const fixture = await createFixture(t);
  const { registry, db, clock } = fixture;
  await withVersions(fixture, 2);
  await registry.setModelVersionTag('m', '2', 'k', 'v');
  clock.now = 4000;
  await registry.deleteModelVersion('m', '2');
  t.equal((await registry.getRegisteredModel('m')).last_updated_timestamp, 4000);
  t.same(await db.all('SELECT * FROM model_version_tags'), []);
  t.same(await faultOf(registry.getModelVersion('m', '2')), missing('Model Version (name=m, version=2) not found'));
  clock.now = 5000;
  t.same(await faultOf(registry.deleteModelVersion('m', '2')), missing('Model Version (name=m, version=2) not found'));
  t.equal((await registry.getRegisteredModel('m')).last_updated_timestamp, 4000, 'a refused call changes no time');
  t.equal((await registry.createModelVersion({ name: 'm', source: 's3://b/x' })).version, '3');
});

test('a version that is no integer is refused, one that is not there is not found', async (t) => {
  const fixture = await createFixture(t);
  const { registry } = fixture;
  await withVersions(fixture, 1);
  for (const version of ['abc', '1.0', '1e0', '0x1', ' ', '1 2']) {
    const fault = invalid(`Parameter 'version' must be an integer, got '${version}'.`);
    t.same(await faultOf(registry.getModelVersion('m', version)), fault);
    t.same(await faultOf(registry.getDownloadUri('m', version)), fault);
    t.same(await faultOf(registry.deleteModelVersion('m', version)), fault);
    t.same(await faultOf(registry.setAlias('m', 'a', version)), fault);
    t.same(await faultOf(registry.setModelVersionTag('m', version, 'k', 'v')), fault);
  }
  for (const version of ['-1', '0', '2', '99999999999999', '99999999999999999999999']) {
    const fault = missing(`Model Version (name=m, version=${version}) not found`);
    t.same(await faultOf(registry.getModelVersion('m', version)), fault);
    t.same(await faultOf(registry.getDownloadUri('m', version)), fault);
    t.same(await faultOf(registry.updateModelVersion('m', version, 'x')), fault);
    t.same(await faultOf(registry.transitionStage({ name: 'm', version, stage: 'Staging', archive_existing_versions: true })), fault);
  }
  t.same(await faultOf(registry.getModelVersion('m', '')), invalid(`Missing value for required parameter 'version'. ${SEE_DOCS}`));
  t.same(await faultOf(registry.getModelVersion('a/b', '1')), invalid("Invalid model name 'a/b'. Names cannot contain '/' or ':'."));
  for (const version of ['1', '01', ' 1 ', '+1']) t.equal((await registry.getModelVersion('m', version)).version, '1');
});

test("a version's description may be set, emptied and taken away", async (t) => {
  const fixture = await createFixture(t);
  const { registry, clock } = fixture;
  await withVersions(fixture, 1);
  clock.now = 2000;
  const updated = await registry.updateModelVersion('m', '1', 'new');
  t.same([updated.description, updated.creation_timestamp, updated.last_updated_timestamp], ['new', 1000, 2000]);
  t.equal((await registry.updateModelVersion('m', '1', '')).description, '');
  t.equal((await registry.updateModelVersion('m', '1', undefined)).description, undefined);
  t.equal((await registry.getRegisteredModel('m')).last_updated_timestamp, 1000, "the model's own time stays");
});

test("a version's tags are written over and deleted", async (t) => {
  const fixture = await createFixture(t);
  const { registry, clock } = fixture;
  await withVersions(fixture, 2);
  clock.now = 2000;
  await registry.setModelVersionTag('m', '1', 'k', 'one');
  await registry.setModelVersionTag('m', '1', 'k', 'two');
  await registry.setModelVersionTag('m', '2', 'k', 'other');
  await registry.deleteModelVersionTag('m', '1', 'was never there');
  const version = await registry.getModelVersion('m', '1');
  t.same([version.tags, version.last_updated_timestamp], [[{ key: 'k', value: 'two' }], 1000]);
  await registry.deleteModelVersionTag('m', '1', 'k');
  t.equal((await registry.getModelVersion('m', '1')).tags, undefined);
  t.same((await registry.getModelVersion('m', '2')).tags, [{ key: 'k', value: 'other' }]);
  t.same(await faultOf(registry.setModelVersionTag('m', '9', 'k', 'v')), missing('Model Version (name=m, version=9) not found'));
  t.same(await faultOf(registry.deleteModelVersionTag('m', '9', 'k')), missing('Model Version (name=m, version=9) not found'));
  t.match(await faultOf(registry.setModelVersionTag('m', '1', 'a,b', 'v')), { status: 400, message: /^Invalid value "a,b" for parameter 'key'/ });
  t.same(await faultOf(registry.deleteModelVersionTag('m', '1', '')), invalid(`Missing value for required parameter 'key'. ${SEE_DOCS}`));
});

test('a stage is taken in any case, and the others of it are archived only when asked', async (t) => {
  const fixture = await createFixture(t);
  const { registry, clock } = fixture;
  await withVersions(fixture, 3);
  clock.now = 2000;
  const move = (version: string, stage: string, archive = false) => registry.transitionStage({ name: 'm', version, stage, archive_existing_versions: archive });
  const stages = async () => (await registry.searchModelVersions({ order_by: ['version_number ASC'] })).items.map(({ current_stage }) => current_stage);
  const moved = await move('1', 'production');
  t.same([moved.current_stage, moved.last_updated_timestamp], ['Production', 2000]);
  t.equal((await registry.getRegisteredModel('m')).last_updated_timestamp, 2000);
  await move('2', 'PRODUCTION');
  t.same(await stages(), ['Production', 'Production', 'None']);
  await registry.setAlias('m', 'champion', '1');
  clock.now = 3000;
  await move('3', 'Production', true);
  t.same(await stages(), ['Archived', 'Archived', 'Production']);
  t.equal((await registry.getModelVersion('m', '1')).last_updated_timestamp, 3000);
  t.equal((await registry.getModelVersionByAlias('m', 'champion')).version, '1', 'archiving leaves aliases alone');
  t.same(await faultOf(move('1', 'bogus')), invalid('Invalid Model Version stage: bogus. Value must be one of None, Staging, Production, Archived.'));
  t.same(await faultOf(move('1', 'archived', true)), invalid("Model version transition cannot archive existing model versions because 'archived' is not an Active stage. Valid stages are ['Staging', 'Production']"));
  t.same(await faultOf(move('9', 'Production', true)), missing('Model Version (name=m, version=9) not found'));
  t.same(await stages(), ['Archived', 'Archived', 'Production'], 'a refused move archives nothing');
});

test('the latest versions are the newest of each stage, with their aliases', async (t) => {
  const fixture = await createFixture(t);
  const { registry } = fixture;
  await withVersions(fixture, 5);
  await registry.createRegisteredModel({ name: 'empty' });
  for (const version of ['2', '3']) await registry.transitionStage({ name: 'm', version, stage: 'Staging', archive_existing_versions: false });
  await registry.setAlias('m', 'next', '3');
  const latest = async (stages?: string[]) => (await registry.getLatestVersions('m', stages)).map(({ version, current_stage, aliases }) => [version, current_stage, aliases]);
  t.same(await latest(), [['5', 'None', undefined], ['3', 'Staging', ['next']]]);
  t.same(await latest([]), await latest());
  t.same(await latest(['staging', 'Production']), [['3', 'Staging', ['next']]]);
  t.same((await registry.getRegisteredModel('m')).latest_versions?.map(({ version, aliases }) => [version, aliases]), [['5', undefined], ['3', undefined]]);
  t.same(await registry.getLatestVersions('empty'), []);
  t.same(await faultOf(registry.getLatestVersions('m', ['bogus'])), invalid('Invalid Model Version stage: bogus. Value must be one of None, Staging, Production, Archived.'));
  t.same(await faultOf(registry.getLatestVersions('absent', ['bogus'])), missing('Registered Model with name=absent not found'));
});

test('an alias moves, is read, and goes with its version', async (t) => {
  const fixture = await createFixture(t);
  const { registry } = fixture;
  await withVersions(fixture, 2);
  await registry.setAlias('m', 'champion', '1');
  await registry.setAlias('m', 'champion', '2');
  await registry.setAlias('m', 'also', '2');
  const version = await registry.getModelVersionByAlias('m', 'champion');
  t.same([version.version, version.aliases], ['2', ['also', 'champion']]);
  t.same((await registry.getRegisteredModel('m')).aliases, [{ alias: 'also', version: '2' }, { alias: 'champion', version: '2' }]);
  await registry.deleteAlias('m', 'also');
  await registry.deleteAlias('m', 'was-never-there');
  await registry.deleteModelVersion('m', '2');
  t.same(await faultOf(registry.getModelVersionByAlias('m', 'champion')), invalid('Registered model alias champion not found.'));
  t.equal((await registry.getRegisteredModel('m')).aliases, undefined);
  t.same(await faultOf(registry.deleteAlias('absent', 'a')), missing('Registered Model with name=absent not found'));
  t.same(await faultOf(registry.getModelVersionByAlias('absent', 'a')), missing('Registered Model with name=absent not found'));
  t.same(await faultOf(registry.setAlias('m', 'a', '9')), missing('Model Version (name=m, version=9) not found'));
  t.same(await faultOf(registry.setAlias('absent', 'a', '1')), missing('Model Version (name=absent, version=1) not found'));
});

test('an alias that is reserved, empty, too long or of other characters is refused', async (t) => {
  const fixture = await createFixture(t);
  const { registry } = fixture;
  await withVersions(fixture, 1);
  const rule = 'Names may only contain alphanumerics, underscores (_), and dashes (-).';
  const refused: [string, string][] = [
    ['latest', "'latest' alias name (case insensitive) is reserved."],
    ['LATEST', "'latest' alias name (case insensitive) is reserved."],
    ['v1', "Version alias name 'v1' is reserved."],
    ['V22', "Version alias name 'V22' is reserved."],
    ['bad alias', `Invalid alias name: 'bad alias'. ${rule}`],
    ['a.b', `Invalid alias name: 'a.b'. ${rule}`],
    ['%', `Invalid alias name: '%'. ${rule}`],
    ['', `Missing value for required parameter 'alias'. ${SEE_DOCS}`],
    ['x'.repeat(256), "'Registered model alias name' exceeds the maximum length of 255 characters"],
  ];
  for (const [alias, message] of refused) t.same(await faultOf(registry.setAlias('m', alias, '1')), invalid(message), alias.slice(0, 20));
  for (const alias of ['champion', 'v', 'vx1', 'é', 'x'.repeat(255)]) t.equal(await faultOf(registry.setAlias('m', alias, '1')), 'no fault', alias.slice(0, 20));
  t.same(await faultOf(registry.getModelVersionByAlias('m', 'a.b')), invalid(`Invalid alias name: 'a.b'. ${rule}`));
  t.same(await faultOf(registry.getModelVersionByAlias('m', 'v1')), invalid('Registered model alias v1 not found.'));
  t.same(await faultOf(registry.deleteAlias('m', 'a b')), invalid(`Invalid alias name: 'a b'. ${rule}`));
});

test('latest reads the newest version, whatever its stage', async (t) => {
  const fixture = await createFixture(t);
  const { registry } = fixture;
  await withVersions(fixture, 3);
  await registry.transitionStage({ name: 'm', version: '3', stage: 'Archived', archive_existing_versions: false });
  t.equal((await registry.getModelVersionByAlias('m', 'latest')).version, '3');
  await registry.deleteModelVersion('m', '3');
  t.equal((await registry.getModelVersionByAlias('m', 'Latest')).version, '2');
  await registry.createRegisteredModel({ name: 'empty' });
  t.same(await faultOf(registry.getModelVersionByAlias('empty', 'latest')), missing('Latest version not found for model empty.'));
  t.same(await faultOf(registry.getModelVersionByAlias('absent', 'latest')), missing('Registered Model with name=absent not found'));
});
