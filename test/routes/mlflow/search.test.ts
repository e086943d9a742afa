import { test, type Test } from 'tap';
import { createTrackingApp, type Answer } from './tracking-app.js';

async function filled(t: Test) {
  const app = await createTrackingApp(t);
  const experiment = await app.createExperiment('search');
  const add = async (run_name: string, metrics: Record<string, number | string>, params: Record<string, string> = {}, tags: Record<string, string> = {}, start_time = 1) => {
    const id = await app.createRun(experiment, { run_name, start_time });
    const pairs = (from: object) => Object.entries(from).map(([key, value]) => ({ key, value }));
    await app.post('/runs/log-batch', { run_id: id, metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp: 1 })), params: pairs(params), tags: pairs(tags) });
    return id;
  };
  await add('a', { loss: 'NaN', 'val loss': 3 }, { model: 'randomforest and more', n: '5' }, { env: 'prod', 'x.y/z': '1' }, 10);
  await add('b', { loss: 0.4 }, { model: 'svm', n: "it's" }, { env: 'Prod' }, 20);
  await add('c', { loss: 0.9 }, { model: 'x = 1 AND y' }, {}, 30);
  return { ...app, experiment, find: async (filter: string, order?: string[]) => ((await app.names(experiment, filter, order)) as string[]) };
}

test('filters find what they say', async (t) => {
  const { find } = await filled(t);
  const cases: [string, string][] = [
    ['', 'cba'], ['metrics.loss < 1', 'cb'], ['metrics.loss = 0', ''], ['metrics.loss != 5', 'cba'], ['metrics.`val loss` >= 3', 'a'], ['metric."val loss" > 2.5e0', 'a'],
    ["params.model = 'randomforest and more'", 'a'], ['params.n = "it\'s"', 'b'], ["params.n = 'it''s'", 'b'], ["params.model = 'x = 1 AND y'", 'c'],
    ["params.model LIKE 'r%'", 'a'], ["params.model LIKE 'R%'", ''], ["params.model ILIKE 'R%'", 'a'], ["tags.env LIKE '_rod'", 'ba'], ["tags.env = 'prod'", 'a'], ["tags.env ILIKE 'PROD'", 'ba'],
    ['tags.env IS NULL', 'c'], ['params.n IS NOT NULL', 'ba'], ["tags.env = 'prod' AND params.model IS NOT NULL", 'a'], ["tags.`x.y/z` = '1'", 'a'], ["tags.x.y/z = '1'", 'a'],
    ['metrics.loss > 0.5 OR metrics.loss < 0.45', 'cb'], ['(metrics.loss > 0.5)', 'c'], ["NOT (params.model = 'svm')", 'ca'], ["params.model IN ('svm', 'x = 1 AND y')", 'cb'], ["params.model NOT IN ('svm')", 'ca'],
    ["metrics.loss > 0 and (params.model = 'svm' or params.model = 'none')", 'b'],
    ['attributes.start_time > 15', 'cb'], ['start_time >= 10 AND attr.start_time <= 20', 'ba'], ["run_name = 'a'", 'a'], ["`Run name` IN ('a', 'b')", 'ba'], ["run name = 'c'", 'c'], ["status = 'RUNNING'", 'cba'], ["attributes.status != 'RUNNING'", ''], ['end_time IS NULL', 'cba'], ['NOT end_time > 5', 'cba'],
    ["tags.mlflow.runName = 'b'", 'b'], ["params.absent = 'x'", ''], ["params.absent != 'x'", ''],
    ["metrics.`x' OR 1=1 --` > 0", ''], ["params.model = ''' OR 1=1 --'", ''],
  ];
  for (const [filter, expected] of cases) t.equal((await find(filter)).join(''), expected, filter);
});

test('order: numbers first, then NaN, then runs without the value, in both directions', async (t) => {
  const { find, post, experiment } = await filled(t);
  await post('/runs/create', { experiment_id: experiment, run_name: 'd', start_time: 40 });
  t.same(await find('', ['metrics.loss ASC']), ['b', 'c', 'a', 'd']);
  t.same(await find('', ['metrics.loss DESC']), ['c', 'b', 'a', 'd']);
  t.same(await find('', ['params.model']), ['a', 'b', 'c', 'd']);
  t.same(await find('', ['tags.env DESC', 'start_time ASC']), ['a', 'b', 'c', 'd']);
  t.same(await find('', ['attributes.start_time ASC']), ['a', 'b', 'c', 'd']);
});

test('wrong filters and orders are 400 and point at the token', async (t) => {
  const { post, experiment } = await filled(t);
  const search = (body: object) => post('/runs/search', { experiment_ids: [experiment], ...body });
  for (const filter of ["metrics.acc = 'high'", 'params.x = 5', "attributes.start_time > 'x'", 'foo.bar = 1', 'metrics.acc >', 'metrics.acc IS NULL', "params.a = 'x' params.b = 'y'", "params.a = 'open", '(metrics.a > 1', 'metrics.a > 1)', 'AND', "metrics.a LIKE 'x'", 'metrics.a > NaN', "params.a IN 'x'", 'params.a IN ()', "run.nothing = 'x'", '!', "dataset.other = 'x'"]) {
    t.match(await search({ filter }), { status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE', message: /(at position \d+|at its end)/ } }, filter);
  }
  t.match(await search({ filter: '('.repeat(5000) }), { status: 400 });
  for (const body of [{ max_results: 50_001 }, { max_results: 0 }, { max_results: -1 }, { page_token: 'junk' }, { order_by: ['metrics.x; DROP TABLE runs'] }, { order_by: ['foo'] }, { order_by: ['metrics.a SIDEWAYS'] }, { order_by: ['metrics.a', 'metrics.a DESC'] }, { experiment_ids: ['x'] }, { run_view_type: 'SOME' }]) {
    t.match(await search(body), { status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } }, JSON.stringify(body));
  }
});

test('a search of more than an engine takes is 400, and one up to the bounds answers', async (t) => {
  const { post } = await createTrackingApp(t);
  const chain = (count: number, comparison: string) => Array.from({ length: count }, () => comparison).join(' AND ');
  const ids = (count: number) => Array.from({ length: count }, (_, i) => String(i));
  const searches = [(filter: string) => post('/runs/search', { experiment_ids: ['0'], filter }), (filter: string) => post('/experiments/search', { max_results: 5, filter }), (filter: string) => post('/logged-models/search', { experiment_ids: ['0'], filter })];
  for (const search of searches) {
    t.equal((await search(chain(500, "tags.a = 'x'"))).status, 200);
    t.match(await search(chain(501, "tags.a = 'x'")), { status: 400, body: { message: /more than 500 comparisons/ } });
    t.match(await search(chain(8000, "name=''")), { status: 400 });
  }
  for (const path of ['/runs/search', '/logged-models/search']) {
    t.equal((await post(path, { experiment_ids: ids(10_000), filter: `tags.a IN (${Array.from({ length: 20_000 }, () => "'x'").join(',')})` })).status, 200);
    t.match(await post(path, { experiment_ids: ids(10_001) }), { status: 400, body: { message: /at most 10000 ids, got 10001/ } });
  }
  const datasets = ids(20_000).map((dataset_name) => ({ dataset_name, dataset_digest: 'd' }));
  t.match(await post('/logged-models/search', { experiment_ids: ['0'], datasets }), { status: 400, body: { error_code: 'BAD_REQUEST', message: /more than the database takes/ } });
  t.match(await post('/runs/search', { experiment_ids: ['0'], order_by: ids(21).map((id) => `metrics.m${id}`) }), { status: 400, body: { message: /at most 20 clauses, got 21/ } });
  t.match(await post('/logged-models/search', { experiment_ids: ['0'], order_by: ids(21).map((id) => ({ field_name: `metrics.m${id}` })) }), { status: 400, body: { message: /at most 20 clauses, got 21/ } });
});

test('names that every JavaScript object has are no attributes and no values', async (t) => {
  const { call, post, createRun } = await createTrackingApp(t);
  const id = await createRun();
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    for (const body of [{ filter: `${name} = 'x'` }, { filter: `attributes.${name} > 1` }, { order_by: [name] }]) {
      t.equal((await post('/runs/search', { experiment_ids: ['0'], ...body })).status, 400, JSON.stringify(body));
      t.equal((await post('/experiments/search', { max_results: 5, ...body })).status, 400, JSON.stringify(body));
    }
    t.equal((await post('/logged-models/search', { experiment_ids: ['0'], filter: `${name} = 'x'` })).status, 400, name);
    t.equal((await post('/logged-models/search', { experiment_ids: ['0'], order_by: [{ field_name: name }] })).status, 400, name);
    for (const kind of ['registered-models', 'model-versions']) {
      t.equal((await call('GET', `/${kind}/search?filter=${encodeURIComponent(`${name} = 'x'`)}`)).status, 400, name);
      t.equal((await call('GET', `/${kind}/search?order_by=${name}`)).status, 400, name);
    }
    t.equal((await post('/runs/log-metric', { run_id: id, key: 'm', value: name, timestamp: 1 })).status, 400, name);
    t.equal((await post('/runs/log-metric', { run_id: id, key: name, value: 1, timestamp: 1 })).status, 200, name);
  }
  const { body } = await call('GET', `/runs/get?run_id=${id}`);
  t.same(body.run.data.metrics.map((metric: { key: string }) => metric.key), ['constructor', '__proto__', 'toString', 'hasOwnProperty']);
});

test('pages of equal values give every run once, also while others are written', async (t) => {
  const { post, createExperiment, createRun } = await createTrackingApp(t);
  const experiment = await createExperiment('ties');
  for (let i = 0; i < 25; i++) await post('/runs/log-metric', { run_id: await createRun(experiment), key: 'acc', value: 0.5, timestamp: 1 });
  const seen: string[] = [];
  const sizes: number[] = [];
  for (let token: string | undefined = ''; token !== undefined; ) {
    const page: Answer['body'] = (await post('/runs/search', { experiment_ids: [experiment], order_by: ['metrics.acc DESC'], max_results: 10, page_token: token || undefined })).body;
    seen.push(...page.runs.map((run: { info: { run_id: string } }) => run.info.run_id));
    sizes.push(page.runs.length);
    token = page.next_page_token;
    if (sizes.length === 1) await post('/runs/log-metric', { run_id: await createRun(experiment), key: 'acc', value: 0.9, timestamp: 1 });
  }
  t.same(sizes, [10, 10, 5]);
  t.equal(new Set(seen).size, 25);
  const token = (await post('/runs/search', { experiment_ids: [experiment], order_by: ['metrics.acc DESC'], max_results: 10 })).body.next_page_token;
  t.equal((await post('/runs/search', { experiment_ids: [experiment], order_by: ['metrics.acc ASC'], max_results: 10, page_token: token })).status, 400);
});

test('datasets can be searched', async (t) => {
  const { post, names, createExperiment, createRun } = await createTrackingApp(t);
  const experiment = await createExperiment('data');
  const id = await createRun(experiment, { run_name: 'with' });
  await createRun(experiment, { run_name: 'without' });
  await post('/runs/log-inputs', { run_id: id, datasets: [{ tags: [{ key: 'mlflow.data.context', value: 'train' }], dataset: { name: 'iris', digest: 'd', source_type: 's', source: 's' } }] });
  for (const filter of ["dataset.name = 'iris'", "datasets.digest IN ('d')", "dataset.context LIKE 'tr%'"]) t.same(await names(experiment, filter), ['with'], filter);
  t.same(await names(experiment, "dataset.name = 'wine'"), []);
});

test('lifecycle views show active, deleted, or all runs', async (t) => {
  const { post, createExperiment, createRun } = await createTrackingApp(t);
  const experiment = await createExperiment('views');
  const gone = await createRun(experiment);
  await createRun(experiment);
  await post('/runs/delete', { run_id: gone });
  const count = async (run_view_type: string) => ((await post('/runs/search', { experiment_ids: [experiment], run_view_type })).body.runs ?? []).length;
  t.same([await count('ACTIVE_ONLY'), await count('DELETED_ONLY'), await count('ALL')], [1, 1, 2]);
});

test('experiments are searched by name, id, time and tags, newest first', async (t) => {
  const { post, createExperiment } = await createTrackingApp(t);
  await createExperiment('team/iris');
  const tagged = (await post('/experiments/create', { name: 'wine', tags: [{ key: 'course', value: 'mlops' }] })).body.experiment_id;
  const find = async (body: object) => ((await post('/experiments/search', { max_results: 10, ...body })).body.experiments ?? []).map((experiment: { name: string }) => experiment.name);
  t.same(await find({ order_by: ['name ASC'] }), ['Default', 'team/iris', 'wine']);
  t.same(await find({ filter: "name LIKE 'team/%'" }), ['team/iris']);
  t.same(await find({ filter: "tags.course = 'mlops'" }), ['wine']);
  t.same(await find({ filter: `experiment_id = '${tagged}'` }), ['wine']);
  t.same(await find({ filter: 'creation_time > 0', order_by: ['experiment_id DESC'] }), ['wine', 'team/iris', 'Default']);
  t.equal((await post('/experiments/search', {})).status, 400);
  t.equal((await post('/experiments/search', { max_results: 5, filter: "metrics.a > 1" })).status, 400);
});

test('logged models are made, finalized, tagged and searched', async (t) => {
  const { call, post, createRun } = await createTrackingApp(t);
  const run = await createRun();
  const { body } = await post('/logged-models', { experiment_id: '0', name: 'forest', source_run_id: run, params: [{ key: 'depth', value: '3' }], tags: [{ key: 'a', value: '1' }] });
  const id = body.model.info.model_id;
  t.match(body.model, { info: { name: 'forest', status: 'LOGGED_MODEL_PENDING', artifact_uri: `mlflow-artifacts:/0/models/${id}/artifacts`, source_run_id: run, tags: [{ key: 'a', value: '1' }] }, data: { params: [{ key: 'depth', value: '3' }] } });
  t.equal((await call('PATCH', `/logged-models/${id}`, { status: 'LOGGED_MODEL_READY' })).body.model.info.status, 'LOGGED_MODEL_READY');
  t.equal((await call('PATCH', `/logged-models/${id}`, { status: 'WHATEVER' })).status, 400);
  await post('/runs/log-batch', { run_id: run, metrics: [{ key: 'acc', value: 0.9, timestamp: 1, model_id: id, dataset_name: 'iris', dataset_digest: 'd' }] });
  const find = async (filter: string, extra: object = {}) => ((await post('/logged-models/search', { experiment_ids: ['0'], filter, ...extra })).body.models ?? []).length;
  for (const filter of [`source_run_id = '${run}'`, "name = 'forest'", "params.depth = '3'", "tags.a = '1'", 'metrics.acc > 0.8', "status = 'READY'"]) t.equal(await find(filter), 1, filter);
  t.equal(await find('metrics.acc > 0.95'), 0);
  t.equal(await find('metrics.acc > 0.8', { datasets: [{ dataset_name: 'wine' }] }), 0);
  t.equal(await find('', { datasets: [{ dataset_name: 'iris', dataset_digest: 'd' }], order_by: [{ field_name: 'metrics.acc', ascending: false }] }), 1);
  t.equal((await post('/logged-models/search', { experiment_ids: ['0'], datasets: [{}] })).status, 400);
  t.equal((await call('DELETE', `/logged-models/${id}/tags/nothing`)).status, 404);
  t.equal((await post('/logged-models', { experiment_id: '0', name: 'a/b' })).status, 400);
  await call('DELETE', `/logged-models/${id}`);
  t.equal((await call('GET', `/logged-models/${id}`)).status, 404);
});

test('a version may only point at files of its own run or logged model', async (t) => {
  const { post, createRun } = await createTrackingApp(t);
  const run = await createRun();
  const other = await createRun();
  await post('/registered-models/create', { name: 'm' });
  for (const source of ['file:///etc', '/etc', 'models:/../../x', 'mlflow-artifacts:/../../etc', `runs:/${run}/../../other`, `mlflow-artifacts:/0/${other}/artifacts/model`, `mlflow-artifacts:/0/${run}/artifacts-2`, 'mlflow-artifacts:/', `runs:/${other}/model`]) {
    t.match(await post('/model-versions/create', { name: 'm', source, run_id: run }), { status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } }, source);
  }
  t.equal((await post('/model-versions/create', { name: 'm', source: `mlflow-artifacts:/0/${run}/artifacts/model`, run_id: run })).status, 200);
  t.equal((await post('/model-versions/create', { name: 'm', source: `runs:/${run}/model`, run_id: run })).status, 200);
});
