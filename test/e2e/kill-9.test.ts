import { join } from 'node:path';
import Database from 'better-sqlite3';
import { test } from 'tap';
import { get, post } from './http.js';
import { type RunningServer, startServer } from './server.js';

const rounds = 20;
const writers = 6;
const keys = ['loss', 'accuracy', 'auroc'];

interface Point {
  key: string;
  value: number;
  timestamp: number;
  step: number;
}

interface Batch {
  /** A parameter that is written with the points, so that half a batch shows. */
  param: string;
  points: Point[];
  acknowledged: boolean;
}

interface Round {
  runId: string;
  batches: Batch[];
}

/** mulberry32: a round's kill moment and its values are the same on every machine. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function newBatch(random: () => number, number: number): Batch {
  const points = Array.from({ length: 30 }, (_, i) => ({
    key: keys[i % keys.length] ?? 'loss',
    value: random(),
    timestamp: 1_700_000_000_000 + Math.floor(random() * 5),
    step: Math.floor(random() * 50),
  }));
  return { param: `batch-${number}`, points, acknowledged: false };
}

/** Writes batches from several clients at once, and kills the process on the acknowledgement that the round drew. */
async function loadAndKill(server: RunningServer, runId: string, random: () => number): Promise<Round> {
  const killAt = 1 + Math.floor(random() * 60);
  const batches: Batch[] = [];
  let acknowledged = 0;
  const write = async () => {
    for (;;) {
      const batch = newBatch(random, batches.length);
      batches.push(batch);
      const params = [{ key: batch.param, value: 'whole' }];
      await post(server.url, 'runs/log-batch', { run_id: runId, metrics: batch.points, params });
      batch.acknowledged = true;
      acknowledged += 1;
      if (acknowledged === killAt) await server.stop('SIGKILL');
    }
  };
  await Promise.allSettled(Array.from({ length: writers }, write));
  if (acknowledged < killAt) throw new Error(`the load broke off after ${acknowledged} of ${killAt} acknowledgements`);
  return { runId, batches };
}

async function historyOf(url: string, runId: string, key: string): Promise<Point[]> {
  const { metrics } = await get(url, 'metrics/get-history', { run_id: runId, metric_key: key, max_results: '25000' });
  return metrics ?? [];
}

const identity = ({ key, value, timestamp, step }: Point) => `${key} ${step} ${timestamp} ${value}`;

function latestOf(history: Point[]): Point | undefined {
  return history.toSorted((a, b) => a.step - b.step || a.timestamp - b.timestamp || a.value - b.value).at(-1);
}

/** Every fault found in what the server holds of a round; none is what the test wants. */
async function faultsOf(url: string, { runId, batches }: Round): Promise<string[]> {
  const { run } = await get(url, 'runs/get', { run_id: runId });
  const histories = await Promise.all(keys.map((key) => historyOf(url, runId, key)));
  const stored = new Set(histories.flat().map(identity));
  const params = new Set((run.data.params ?? []).map((param: { key: string }) => param.key));
  const lost = batches
    .filter((batch) => batch.acknowledged)
    .flatMap((batch) => [...batch.points.map(identity).filter((id) => !stored.has(id)), ...(params.has(batch.param) ? [] : [batch.param])]);
  const halves = batches.filter(
    (batch) => batch.points.filter((point) => stored.has(identity(point))).length !== (params.has(batch.param) ? batch.points.length : 0),
  );
  const latest = new Map((run.data.metrics ?? []).map((metric: Point) => [metric.key, identity(metric)]));
  const stale = histories.map(latestOf).filter((point) => point && latest.get(point.key) !== identity(point));
  return [
    ...lost.map((what) => `lost: ${what}`),
    ...halves.map((batch) => `half written: ${batch.param}`),
    ...stale.map((point) => `not the latest of its history: ${point?.key}`),
  ];
}

async function startRun(url: string, name: string): Promise<string> {
  const created = await post(url, 'runs/create', { experiment_id: '0', run_name: name, start_time: 1_700_000_000_000 });
  return created.run.info.run_id;
}

test(`kill -9 during log-batches loses no acknowledged value, ${rounds} times out of ${rounds}`, async (t) => {
  const folder = t.testdir();
  let server = await startServer(folder);
  t.teardown(() => server.stop('SIGKILL'));
  const played: Round[] = [];

  for (let number = 1; number <= rounds; number++) {
    const runId = await startRun(server.url, `round ${number}`);
    const round = await loadAndKill(server, runId, seeded(number));
    played.push(round);
    server = await startServer(folder);
    const acknowledged = round.batches.filter((batch) => batch.acknowledged).length;
    t.same(await faultsOf(server.url, round), [], `round ${number}: killed after ${acknowledged} of ${round.batches.length} batches`);
  }

  for (const round of played) t.same(await faultsOf(server.url, round), [], 'later kills leave an earlier round alone');
  await server.stop();
  const database = new Database(join(folder, 'taller.db'), { readonly: true });
  t.same(database.pragma('integrity_check', { simple: true }), 'ok', 'the database file is whole');
  database.close();
});
