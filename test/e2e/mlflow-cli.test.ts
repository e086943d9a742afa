import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { post, upload } from './http.js';
import { runPython, withoutPython } from './python.js';
import { serverFor } from './server.js';

test('the command line of MLflow reads what the server holds', { skip: withoutPython }, async (t) => {
  const { url } = await serverFor(t);
  const mlflow = (...args: string[]) => runPython(url, ['-m', 'mlflow', ...args]);
  const { experiment_id: experiment } = await post(url, 'experiments/create', { name: 'from the command line' });
  const created = await post(url, 'runs/create', { experiment_id: experiment, run_name: 'patient-otter-7', start_time: 1_700_000_000_000 });
  const { run_id: run, artifact_uri: root } = created.run.info;
  await upload(url, root, 'notes.txt', 'kept\n');
  await upload(url, root, 'plots/roc curve.csv', 'x,y\n0,0\n1,1\n');

  await t.test('mlflow experiments search lists the experiments', async (t) => {
    const printed = await mlflow('experiments', 'search');
    t.match(printed, new RegExp(`^${experiment}\\s+from the command line\\s+mlflow-artifacts:/${experiment}\\s*$`, 'm'));
    t.match(printed, /^0\s+Default\s/m);
  });

  await t.test('mlflow runs list shows the run by name and id', async (t) => {
    const printed = await mlflow('runs', 'list', '--experiment-id', experiment);
    t.match(printed, new RegExp(`patient-otter-7\\s+${run}`));
  });

  await t.test('mlflow runs describe prints the whole run', async (t) => {
    const printed = JSON.parse(await mlflow('runs', 'describe', '--run-id', run));
    t.match(printed.info, { run_id: run, run_name: 'patient-otter-7', status: 'RUNNING', start_time: 1_700_000_000_000 });
  });

  await t.test('mlflow artifacts list shows files with their sizes and folders', async (t) => {
    const listed = JSON.parse(await mlflow('artifacts', 'list', '--run-id', run));
    t.same(listed, [
      { path: 'notes.txt', is_dir: false, file_size: 5 },
      { path: 'plots', is_dir: true },
    ]);
  });

  await t.test('mlflow artifacts download fetches a folder byte for byte', async (t) => {
    const target = t.testdir();
    await mlflow('artifacts', 'download', '--run-id', run, '--artifact-path', 'plots', '--dst-path', target);
    t.equal(await readFile(join(target, 'plots/roc curve.csv'), 'utf8'), 'x,y\n0,0\n1,1\n');
  });

  await t.test('mlflow artifacts log-artifact puts a file where list finds it', async (t) => {
    const folder = t.testdir({ 'late.json': '{}' });
    await mlflow('artifacts', 'log-artifact', '--run-id', run, '--local-file', join(folder, 'late.json'), '--artifact-path', 'plots');
    const listed = JSON.parse(await mlflow('artifacts', 'list', '--run-id', run, '--artifact-path', 'plots'));
    t.same(
      listed.map((file: { path: string }) => file.path),
      ['plots/late.json', 'plots/roc curve.csv'],
    );
  });
});
