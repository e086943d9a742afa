import { test } from 'tap';
import { buildApp } from '../../../src/app.js';
import { createTrackingApp, type Answer } from './tracking-app.js';

test('a run answers field by field as MLflow has it', async (t) => {
  const { post, get } = await createTrackingApp(t);
  const created = await post('/runs/create', { experiment_id: 0, user_id: 'ana', run_name: 'forest', start_time: '1700000000000', tags: [{ key: 'a', value: 'b' }] });
  const id = created.body.run.info.run_id;
  const info = { run_uuid: id, experiment_id: '0', run_name: 'forest', user_id: 'ana', status: 'RUNNING', start_time: 1_700_000_000_000, artifact_uri: `mlflow-artifacts:/0/${id}/artifacts`, lifecycle_stage: 'active', run_id: id };
  const tags = [{ key: 'a', value: 'b' }, { key: 'mlflow.runName', value: 'forest' }];
  t.same(created, { status: 200, body: { run: { info, data: { tags }, inputs: {} } } });
  await post('/runs/log-batch', { run_id: id, metrics: [{ key: 'loss', value: 0.5, timestamp: 1, step: 2 }], params: [{ key: 'depth', value: '3' }] });
  await post('/runs/log-inputs', { run_id: id, datasets: [{ tags: [{ key: 'mlflow.data.context', value: 'training' }], dataset: { name: 'iris', digest: 'd1', source_type: 'local', source: '{}' } }] });
  await post('/runs/outputs', { run_id: id, models: [{ model_id: 'm-1', step: 4 }] });
  t.same((await get(`/runs/get?run_id=${id}`)).body.run, {
    info,
    data: { metrics: [{ key: 'loss', value: 0.5, timestamp: 1, step: 2 }], params: [{ key: 'depth', value: '3' }], tags },
    inputs: { dataset_inputs: [{ tags: [{ key: 'mlflow.data.context', value: 'training' }], dataset: { name: 'iris', digest: 'd1', source_type: 'local', source: '{}' } }] },
    outputs: { model_outputs: [{ model_id: 'm-1', step: 4 }] },
  });
});

test('a run without a name gets one of two words and a number', async (t) => {
  const { post } = await createTrackingApp(t);
  t.match((await post('/runs/create', { experiment_id: '0' })).body.run.info.run_name, /^[a-z]+-[a-z]+-\d+$/);
});

test('the API answers under all four prefixes', async (t) => {
  const { call } = await createTrackingApp(t);
  for (const base of ['/api/2.0', '/api/3.0', '/ajax-api/2.0', '/ajax-api/3.0']) t.equal((await call('GET', '/mlflow/experiments/get?experiment_id=0', undefined, base)).body.experiment.name, 'Default');
});

test('renaming a run leaves its status and end time, and the tag follows', async (t) => {
  const { post, get, createRun } = await createTrackingApp(t);
  const id = await createRun();
  await post('/runs/update', { run_id: id, status: 'FINISHED', end_time: 99 });
  const { body } = await post('/runs/update', { run_id: id, run_name: 'second' });
  t.match(body.run_info, { status: 'FINISHED', end_time: 99, run_name: 'second' });
  t.ok((await get(`/runs/get?run_id=${id}`)).body.run.data.tags.some((tag: { key: string; value: string }) => tag.key === 'mlflow.runName' && tag.value === 'second'));
});

test('NaN and infinities travel as words, and the same NaN point is one point', async (t) => {
  const { post, get, createRun } = await createTrackingApp(t);
  const id = await createRun();
  for (const value of ['NaN', 'NaN', 'Infinity', '-Infinity']) t.equal((await post('/runs/log-metric', { run_id: id, key: value.replace('-', 'minus'), value, timestamp: 5, step: 1 })).status, 200);
  t.same((await get(`/metrics/get-history?run_id=${id}&metric_key=NaN`)).body, { metrics: [{ key: 'NaN', value: 'NaN', timestamp: 5, step: 1 }] });
  t.same((await get(`/runs/get?run_id=${id}`)).body.run.data.metrics.map((metric: { value: unknown }) => metric.value), ['NaN', 'Infinity', '-Infinity']);
});

test('the latest value is by step, then timestamp, then value, whatever the order of logging', async (t) => {
  const { post, get, createRun } = await createTrackingApp(t);
  const id = await createRun();
  const points = [[1, 10, 5], [2, 1, 1], [2, 2, 3], [2, 2, 7], [2, 2, 6], [0, 99, 100]];
  for (const [step, timestamp, value] of points) await post('/runs/log-metric', { run_id: id, key: 'm', step, timestamp, value });
  await post('/runs/log-batch', { run_id: id, metrics: points.toReversed().map(([step, timestamp, value]) => ({ key: 'batched', step, timestamp, value })) });
  const expected = { value: 7, timestamp: 2, step: 2 };
  t.match((await get(`/runs/get?run_id=${id}`)).body.run.data.metrics, [{ key: 'm', ...expected }, { key: 'batched', ...expected }]);
});

test('history is ordered by numeric step, and pages without loss', async (t) => {
  const { post, get, createRun } = await createTrackingApp(t);
  const id = await createRun();
  const steps = Array.from({ length: 150 }, (_, i) => (i * 67) % 150);
  await post('/runs/log-batch', { run_id: id, metrics: steps.map((step) => ({ key: 'm', step, timestamp: 1, value: step })) });
  const all = (await get(`/metrics/get-history?run_id=${id}&metric_key=m`)).body;
  t.same(all.metrics.map((point: { step: number }) => point.step), Array.from({ length: 150 }, (_, i) => i));
  t.equal(all.next_page_token, undefined);
  const seen: number[] = [];
  for (let token: string | undefined = ''; token !== undefined; ) {
    const page: Answer['body'] = (await get(`/metrics/get-history?run_id=${id}&metric_key=m&max_results=40${token ? `&page_token=${token}` : ''}`)).body;
    seen.push(...page.metrics.map((point: { step: number }) => point.step));
    token = page.next_page_token;
  }
  t.same(seen, Array.from({ length: 150 }, (_, i) => i));
  for (const bad of ['0', '-1', '25001', 'x']) t.equal((await get(`/metrics/get-history?run_id=${id}&metric_key=m&max_results=${bad}`)).status, 400);
  t.equal((await get(`/metrics/get-history?run_id=${id}&metric_key=m&page_token=junk`)).status, 400);
});

test('params are written once: equal ones pass, changed ones name key, old and new value, and nothing of the batch stays', async (t) => {
  const { post, get, createRun } = await createTrackingApp(t);
  const id = await createRun();
  const log = (params: object) => post('/runs/log-batch', { run_id: id, params: Object.entries(params).map(([key, value]) => ({ key, value })), metrics: [{ key: 'm', value: 1, timestamp: 1 }] });
  t.equal((await post('/runs/log-parameter', { run_id: id, key: 'depth', value: '3' })).status, 200);
  t.equal((await post('/runs/log-parameter', { run_id: id, key: 'depth', value: '3' })).status, 200);
  t.same(await post('/runs/log-parameter', { run_id: id, key: 'depth', value: '3.0' }), { status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE', message: `Changing param values is not allowed. Param with key='depth' was already logged with value='3' for run ID='${id}'. Attempted logging new value '3.0'.` } });
  t.match((await log({ fresh: '1', depth: '4' })).body, { error_code: 'INVALID_PARAMETER_VALUE', message: /'depth', 'old_value': '3', 'new_value': '4'/ });
  t.same((await get(`/runs/get?run_id=${id}`)).body.run.data, { params: [{ key: 'depth', value: '3' }], tags: (await get(`/runs/get?run_id=${id}`)).body.run.data.tags });
  t.equal((await log({ depth: '3', c: '2' })).status, 200);
  t.match(await log({ again: '1' }), { status: 200 });
  t.match((await post('/runs/log-batch', { run_id: id, params: [{ key: 'a', value: '1' }, { key: 'a', value: '2' }] })).body.message, /Duplicate parameter keys have been submitted: \['a'\]/);
});

test('text is kept exactly', async (t) => {
  const { post, get, createRun } = await createTrackingApp(t);
  const id = await createRun();
  const value = 'a\nb\t"q" \u{1F600} \' \0 end';
  t.equal((await post('/runs/log-parameter', { run_id: id, key: 'p', value })).status, 200);
  t.equal((await get(`/runs/get?run_id=${id}`)).body.run.data.params[0].value, value);
});

test('keys that read as other paths or have other characters are refused', async (t) => {
  const { post, createRun } = await createTrackingApp(t);
  const id = await createRun();
  for (const key of ['a//b', '../x', '/x', '.', '', 'x'.repeat(251), 'acc@5', 'x/', 'a\0b']) t.equal((await post('/runs/log-metric', { run_id: id, key, value: 1, timestamp: 1 })).status, 400, key.slice(0, 10));
  for (const key of ['ok:colon', 'a/b', 'x'.repeat(250), 'with space', 'é模']) t.equal((await post('/runs/log-metric', { run_id: id, key, value: 1, timestamp: 1 })).status, 200, key.slice(0, 10));
});

test('batches beyond the limits are refused whole', async (t) => {
  const { post, get, createRun } = await createTrackingApp(t);
  const id = await createRun();
  const metrics = (count: number) => Array.from({ length: count }, (_, i) => ({ key: 'm', value: i, timestamp: 1, step: i }));
  const pairs = (count: number) => Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: 'v' }));
  t.match((await post('/runs/log-batch', { run_id: id, metrics: metrics(1001) })).body.message, /at most 1000 metrics. Got 1001/);
  t.match((await post('/runs/log-batch', { run_id: id, params: pairs(101) })).body.message, /at most 100 params. Got 101/);
  t.match((await post('/runs/log-batch', { run_id: id, metrics: metrics(950), params: pairs(51) })).body.message, /at most 1000 metrics, params, and tags/);
  t.match((await post('/runs/log-batch', { run_id: id, metrics: [...metrics(3), { key: 'm', value: 'abc', timestamp: 1 }] })).body.message, /abc/);
  t.match((await post('/runs/log-parameter', { run_id: id, key: 'p', value: 'x'.repeat(6001) })).body.message, /6000.*6001/);
  t.equal((await get(`/runs/get?run_id=${id}`)).body.run.data.metrics, undefined);
  t.equal((await post('/runs/log-parameter', { run_id: id, key: 'emoji', value: '\u{1F600}'.repeat(6000) })).status, 200, 'characters are counted as Python counts them');
});

test('bad requests say which field and why', async (t) => {
  const { call, post, get, inject, createRun } = await createTrackingApp(t);
  const id = await createRun();
  t.same(await post('/runs/log-metric', { run_id: id, key: 'm' }), { status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE', message: "Missing value for required parameter 'value'. See the API docs for more information about request parameters." } });
  t.match((await post('/runs/log-metric', { run_id: id, key: 'm', value: null, timestamp: 1 })).body.message, /'value'/);
  t.match((await post('/runs/log-batch', { run_id: id, metrics: [{ key: 'm', value: null, timestamp: 1 }] })).body.message, /metrics\[0\]\.value/);
  t.equal((await post('/runs/log-metric', { run_id: id, key: 'm', value: 1, timestamp: -1 })).status, 400);
  t.same(await post('/runs/log-metric', { run_id: 'nope', key: 'm', value: 1, timestamp: 1 }), { status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'Run with id=nope not found' } });
  t.same(await post('/runs/create', { experiment_id: '77' }), { status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'No Experiment with id=77 exists' } });
  t.equal((await post('/runs/create', { experiment_id: 'x' })).status, 400);
  t.equal((await post('/runs/update', { run_id: id, status: 'DONE' })).status, 400);
  t.match((await get('/runs/nothing-here')).body, { error_code: 'ENDPOINT_NOT_FOUND' });
  for (const type of ['text/plain', 'application/x-www-form-urlencoded']) t.equal((await inject({ method: 'POST', url: '/api/2.0/mlflow/experiments/create', headers: { 'content-type': type }, payload: '{"name":"csrf"}' })).statusCode, 415);
  t.equal((await get('/experiments/get-by-name?experiment_name=csrf')).status, 404);
  t.equal((await inject({ method: 'POST', url: '/api/2.0/mlflow/runs/create', headers: { 'content-type': 'application/json' }, payload: '{"a":' })).statusCode, 400);
  t.match((await inject({ method: 'GET', url: '/api/2.0/mlflow/logged-models/%ff' })).json(), { error_code: 'BAD_REQUEST' });
  t.equal((await call('GET', `/artifacts/list?run_id=${id}&path=../..`)).status, 400);
});

test('deleted runs and experiments refuse writes, keep their names, and come back', async (t) => {
  const { post, get, createRun, createExperiment, restart } = await createTrackingApp(t);
  const id = await createRun();
  await post('/runs/delete', { run_id: id });
  t.match((await post('/runs/log-metric', { run_id: id, key: 'm', value: 1, timestamp: 1 })).body.message, /must be in the 'active' state/);
  t.equal((await get(`/runs/get?run_id=${id}`)).body.run.info.lifecycle_stage, 'deleted');
  await post('/runs/restore', { run_id: id });
  t.equal((await post('/runs/log-metric', { run_id: id, key: 'm', value: 1, timestamp: 1 })).status, 200);
  const experiment = await createExperiment('kept');
  t.equal((await post('/experiments/delete', { experiment_id: experiment })).status, 200);
  t.match(await post('/runs/create', { experiment_id: experiment }), { status: 400 });
  t.match((await post('/experiments/create', { name: 'kept' })).body, { error_code: 'RESOURCE_ALREADY_EXISTS', message: /restore/ });
  await post('/experiments/delete', { experiment_id: '0' });
  await restart();
  t.equal((await get('/experiments/get?experiment_id=0')).body.experiment.lifecycle_stage, 'deleted');
  t.match(await post('/runs/create', { experiment_id: '0' }), { status: 400 });
});

test('twenty creators of one experiment: one wins, the others hear that it exists', async (t) => {
  const { post } = await createTrackingApp(t);
  const answers = await Promise.all(Array.from({ length: 20 }, () => post('/experiments/create', { name: 'race' })));
  t.equal(answers.filter(({ status }) => status === 200).length, 1);
  t.equal(answers.filter(({ status, body }) => status === 400 && body.error_code === 'RESOURCE_ALREADY_EXISTS').length, 19);
});

test('a read that follows a write sees it, also from the cache', async (t) => {
  const { post, get, createRun } = await createTrackingApp(t);
  const id = await createRun();
  for (let step = 0; step < 50; step++) {
    await Promise.all([post('/runs/log-metric', { run_id: id, key: 'm', value: step, timestamp: 1, step }), get(`/runs/get?run_id=${id}`)]);
    t.equal((await get(`/runs/get?run_id=${id}`)).body.run.data.metrics[0].value, step);
  }
});

test('a second server on the same database file is seen at once', async (t) => {
  const { get, createRun, options } = await createTrackingApp(t);
  const second = await buildApp(options);
  t.teardown(() => second.close());
  const id = await createRun();
  await get(`/runs/get?run_id=${id}`);
  await second.tracking.logBatch({ run_id: id, params: [{ key: 'from', value: 'the other' }] });
  t.same((await get(`/runs/get?run_id=${id}`)).body.run.data.params, [{ key: 'from', value: 'the other' }]);
});

test('artifact locations that hide or climb are refused', async (t) => {
  const { post } = await createTrackingApp(t);
  for (const artifact_location of ['http:///#/../../../../etc/', 'http://h/p?/../../../../etc', 'mlflow-artifacts:/x;/../../../etc', '../..', 's3://b/%2e%2e/x']) t.equal((await post('/experiments/create', { name: artifact_location, artifact_location })).status, 400, artifact_location);
});
