import { test, type Test } from 'tap';
import type { Page } from '../../../src/plugins/tracking-store/registry-contract.js';
import { createFixture, faultOf, type RegistryFixture } from './registry-fixture.js';

const PROMPT = { key: 'mlflow.prompt.is_prompt', value: 'true' };

/** Models b (2 versions), a (1 version), Big and the prompt p, changed in this order. */
async function createLibrary(t: Test): Promise<RegistryFixture> {
  const fixture = await createFixture(t);
  const { registry, clock } = fixture;
  await registry.createRegisteredModel({ name: 'b', tags: [{ key: 'team', value: 'lab' }, { key: 'n', value: '1' }] });
  await registry.createRegisteredModel({ name: 'a', tags: [{ key: 'team', value: 'ops' }] });
  await registry.createRegisteredModel({ name: 'Big' });
  await registry.createRegisteredModel({ name: 'p', tags: [PROMPT] });
  await registry.createModelVersion({ name: 'p', source: 'dummy-source', tags: [PROMPT] });
  await registry.createModelVersion({ name: 'p', source: 's3://b/untagged' });
  clock.now = 2000;
  await registry.createModelVersion({ name: 'a', source: 's3://b/a1', run_id: 'r1', tags: [{ key: 'k', value: 'v' }] });
  clock.now = 3000;
  await registry.createModelVersion({ name: 'b', source: 's3://b/b1', run_id: 'r1' });
  await registry.createModelVersion({ name: 'b', source: 's3://other/b2', run_id: 'r2', tags: [{ key: 'k', value: 'w' }] });
  return fixture;
}

test('models are found by name and by tags', async (t) => {
  const { registry } = await createLibrary(t);
  const found: [string, string[]][] = [
    ['', ['Big', 'a', 'b']],
    ["name = 'a'", ['a']],
    ["name != 'a'", ['Big', 'b']],
    ["name LIKE 'b%'", ['b']],
    ["name ILIKE 'B%'", ['Big', 'b']],
    ["name IN ('a', 'b')", ['a', 'b']],
    ["name NOT IN ('a', 'b')", ['Big']],
    ["attribute.name = 'a'", ['a']],
    ["name = 'a' OR name = 'b'", ['a', 'b']],
    ["NOT (name = 'a' OR name = 'b')", ['Big']],
    ["tags.team = 'lab'", ['b']],
    ["tag.team != 'lab'", ['a']],
    ["tags.team ILIKE 'L%' AND tags.n = '1'", ['b']],
    ["tags.team = 'lab' AND tags.n = '2'", []],
    ["tags.`team` LIKE '%p%'", ['a']],
    ['tags.team IS NULL', ['Big']],
    ["tags.team IS NOT NULL AND name != 'a'", ['b']],
    ["name = 'x'' OR 1=1 --'", []],
  ];
  for (const [filter, names] of found) t.same((await registry.searchRegisteredModels({ filter })).items.map(({ name }) => name), names, filter);
  t.same((await registry.searchRegisteredModels({ filter: "name = 'b'" })).items, [await registry.getRegisteredModel('b')], 'a found model is whole');
});

test('versions are found by name, run, source, number and tags, the last changed first', async (t) => {
  const { registry } = await createLibrary(t);
  const found: [string, string[]][] = [
    ['', ['b/2', 'b/1', 'a/1']],
    ["name = 'b'", ['b/2', 'b/1']],
    ["run_id = 'r1'", ['b/1', 'a/1']],
    ["run_id IN ('r1', 'r2')", ['b/2', 'b/1', 'a/1']],
    ["run_id NOT IN ('r1')", ['b/2']],
    ["source_path = 's3://b/b1'", ['b/1']],
    ["source_path LIKE 's3://b/%'", ['b/1', 'a/1']],
    ['version_number = 1', ['b/1', 'a/1']],
    ["version_number = '1'", ['b/1', 'a/1']],
    ["version_number > 1 AND name = 'b'", ['b/2']],
    ['version_number <= 1', ['b/1', 'a/1']],
    ['version_number != 1', ['b/2']],
    ["tags.k = 'v' OR tags.k = 'w'", ['b/2', 'a/1']],
    ["tags.k != 'v'", ['b/2']],
    ['tags.k IS NULL', ['b/1']],
  ];
  for (const [filter, keys] of found) t.same((await registry.searchModelVersions({ filter })).items.map(({ name, version }) => `${name}/${version}`), keys, filter);
  t.same((await registry.searchModelVersions({ filter: "name = 'a'" })).items, [await registry.getModelVersion('a', '1')], 'a found version is whole');
  await registry.setAlias('a', 'champion', '1');
  t.equal((await registry.searchModelVersions({ filter: "name = 'a'" })).items[0]?.aliases, undefined, 'aliases are left out of lists');
});

test('prompts are found only where the filter asks for them', async (t) => {
  const { registry } = await createLibrary(t);
  const names = async (filter: string) => (await registry.searchRegisteredModels({ filter })).items.map(({ name }) => name);
  const versions = async (filter: string) => (await registry.searchModelVersions({ filter })).items.map(({ name, version }) => `${name}/${version}`);
  const tag = 'tags.`mlflow.prompt.is_prompt`';
  for (const filter of [`${tag} != 'true'`, `${tag} = 'false'`, "name != 'none'"]) {
    t.same(await names(filter), ['Big', 'a', 'b'], filter);
    t.same(await versions(filter), ['b/2', 'b/1', 'a/1'], filter);
  }
  t.same(await names("name = 'p'"), []);
  for (const filter of [`${tag} = 'true'`, `${tag} != 'false'`]) {
    t.same(await names(filter), ['p'], filter);
    t.same(await versions(filter), ['p/1'], filter);
  }
  t.same(await names(`name LIKE 'x%' AND ${tag} = 'true'`), []);
});

test('results come in the order asked for', async (t) => {
  const { registry } = await createLibrary(t);
  const models = async (...order_by: string[]) => (await registry.searchRegisteredModels({ order_by })).items.map(({ name }) => name);
  t.same(await models('name DESC'), ['b', 'a', 'Big']);
  t.same(await models('timestamp DESC'), ['b', 'a', 'Big']);
  t.same(await models('last_updated_timestamp ASC', 'name DESC'), ['Big', 'a', 'b']);
  const versions = async (...order_by: string[]) => (await registry.searchModelVersions({ order_by })).items.map(({ name, version }) => `${name}/${version}`);
  t.same(await versions('name ASC', 'version_number ASC'), ['a/1', 'b/1', 'b/2']);
  t.same(await versions('version_number'), ['a/1', 'b/1', 'b/2']);
  t.same(await versions('creation_timestamp ASC'), ['a/1', 'b/2', 'b/1']);
});

test('a faulty search is refused, and the message names the faulty part', async (t) => {
  const { registry } = await createLibrary(t);
  const models: [object, RegExp][] = [
    [{ filter: 'name = 5' }, /quoted string value/],
    [{ filter: "name > 'a'" }, /Invalid comparator '>'/],
    [{ filter: 'name =' }, /at its end/],
    [{ filter: "foo = 'x'" }, /Invalid attribute key 'foo' specified. Valid keys are name/],
    [{ filter: "constructor = 'x'" }, /Invalid attribute key 'constructor'/],
    [{ filter: 'metrics.a > 1' }, /Invalid entity type 'metrics'. Valid entity types are attribute, tag/],
    [{ filter: 'tags.a = 5' }, /quoted string value/],
    [{ filter: "tags.a IN ('2')" }, /Invalid comparator 'IN'/],
    [{ filter: "run_id = 'x'" }, /Invalid attribute key 'run_id'/],
    [{ filter: Array.from({ length: 8000 }, () => "name=''").join(' AND ') }, /more than 500 comparisons/],
    [{ order_by: ['bogus'] }, /Invalid order by key 'bogus' specified. Valid keys are name, timestamp, last_updated_timestamp/],
    [{ order_by: ['name; DROP TABLE runs'] }, /Invalid filter or order clause/],
    [{ order_by: ['name', 'name DESC'] }, /`order_by` contains duplicate fields: name, name DESC/],
    [{ order_by: ['timestamp', 'last_updated_timestamp'] }, /duplicate fields/],
    [{ max_results: 1001 }, /^Invalid value 1001 for parameter 'max_results' supplied: It must be at most 1000.$/],
    [{ max_results: 0 }, /^Invalid value for max_results. It must be a positive integer, but got 0$/],
    [{ max_results: -1 }, /but got -1$/],
    [{ page_token: 'junk' }, /^Invalid page token "junk"/],
    [{ page_token: Buffer.from('null').toString('base64url') }, /^Invalid page token/],
    [{ page_token: Buffer.from('{"after":[1]}').toString('base64url') }, /^Invalid page token/],
  ];
  for (const [input, message] of models) t.match(await faultOf(registry.searchRegisteredModels(input)), { code: 'INVALID_PARAMETER_VALUE', status: 400, message });
  const versions: [object, RegExp][] = [
    [{ filter: 'version_number >= 1.5' }, /Invalid value for numeric attribute 'version_number': 1.5/],
    [{ filter: "version_number = 'abc'" }, /Invalid value for numeric attribute 'version_number': abc/],
    [{ filter: 'version_number = 99999999999999999999' }, /Invalid value for numeric attribute/],
    [{ filter: "version_number LIKE '1'" }, /Invalid comparator 'LIKE'/],
    [{ filter: 'version_number IN (1)' }, /Invalid comparator 'IN'/],
    [{ filter: "source_path IN ('x')" }, /Invalid comparator 'IN'/],
    [{ filter: 'run_id = 5' }, /quoted string value/],
    [{ filter: 'creation_timestamp > 0' }, /Invalid attribute key 'creation_timestamp'/],
    [{ order_by: ['timestamp'] }, /Invalid order by key 'timestamp'/],
    [{ max_results: 200_001 }, /It must be at most 200000/],
    [{ max_results: 0 }, /positive integer, but got 0/],
  ];
  for (const [input, message] of versions) t.match(await faultOf(registry.searchModelVersions(input)), { code: 'INVALID_PARAMETER_VALUE', status: 400, message });
});

test('a filter of 500 comparisons and a list of 20000 names are answered', async (t) => {
  const { registry } = await createLibrary(t);
  const or = Array.from({ length: 500 }, (_, i) => `name='a${i || ''}'`).join(' OR ');
  t.same((await registry.searchRegisteredModels({ filter: or })).items.map(({ name }) => name), ['a']);
  const list = `name IN (${Array.from({ length: 20_000 }, () => "''").join()},'b')`;
  t.same((await registry.searchRegisteredModels({ filter: list })).items.map(({ name }) => name), ['b']);
});

async function allPages<T>(page: (page_token?: string) => Promise<Page<T>>): Promise<T[][]> {
  const pages: T[][] = [];
  for (let token: string | undefined; pages.length === 0 || token; ) {
    const { items, next_page_token } = await page(token);
    pages.push(items);
    token = next_page_token;
  }
  return pages;
}

test('pages hold every result once, whatever ties the order has', async (t) => {
  const { registry } = await createFixture(t);
  const names = Array.from({ length: 25 }, (_, i) => `m${String(i).padStart(2, '0')}`);
  for (const name of names) {
    await registry.createRegisteredModel({ name });
    await registry.createModelVersion({ name, source: 's3://b/x' });
  }
  for (const order_by of [[], ['timestamp DESC'], ['name DESC']]) {
    const pages = await allPages((page_token) => registry.searchRegisteredModels({ max_results: 10, order_by, page_token }));
    t.same(pages.map((items) => items.length), [10, 10, 5]);
    t.same(pages.flat().map(({ name }) => name), order_by[0] === 'name DESC' ? names.toReversed() : names);
  }
  for (const order_by of [[], ['version_number ASC'], ['creation_timestamp DESC', 'name DESC']]) {
    const pages = await allPages((page_token) => registry.searchModelVersions({ max_results: 10, order_by, page_token }));
    t.same(pages.map((items) => items.length), [10, 10, 5]);
    t.equal(new Set(pages.flat().map(({ name }) => name)).size, 25);
  }
  const exact = await registry.searchRegisteredModels({ max_results: 25 });
  t.equal(exact.next_page_token, undefined, 'no token where nothing follows');
});

test('models written or deleted between two pages neither repeat nor hide others', async (t) => {
  const { registry } = await createFixture(t);
  for (const name of ['b', 'd', 'f', 'h']) await registry.createRegisteredModel({ name });
  const first = await registry.searchRegisteredModels({ max_results: 2 });
  t.same(first.items.map(({ name }) => name), ['b', 'd']);
  await registry.createRegisteredModel({ name: 'a' });
  await registry.deleteRegisteredModel('d');
  const second = await registry.searchRegisteredModels({ max_results: 2, page_token: first.next_page_token });
  t.same(second.items.map(({ name }) => name), ['f', 'h']);
  const fault = await faultOf(registry.searchRegisteredModels({ order_by: ['name DESC'], page_token: first.next_page_token }));
  t.match(fault, { status: 400, message: /it belongs to a search with another order_by/ });
});
