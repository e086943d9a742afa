/*
 * Tracking under load, beside FastTrackML: npm run bench [-- --seconds 4 --runs 2000]
 * Both servers run on SQLite; each scenario is measured on one and at once on the other.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureVenv } from '../scripts/python-venv.mjs';
import { createJsonClient } from './json-client.mjs';
import { measure } from './measure.mjs';
import { circumstances, number, table, writeSection } from './report.mjs';
import { startFastTrackMl, startTaller } from './servers.mjs';
import { prepare, scenarios } from './tracking-scenarios.mjs';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '4' }, runs: { type: 'string', default: '2000' } },
});
const seconds = Number(values.seconds);
const searchRuns = Number(values.runs);
const folder = mkdtempSync(join(tmpdir(), 'taller-bench-'));

function fastTrackMlPython() {
  try {
    return ensureVenv(join(import.meta.dirname, 'requirements-fasttrackml.txt'));
  } catch (error) {
    console.error(`FastTrackML is left out: ${error.message}`);
    return undefined;
  }
}

function subfolder(name) {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}

async function measureAll(servers) {
  const targets = [];
  for (const server of servers) {
    console.error(`preparing ${server.name}`);
    targets.push(await prepare(createJsonClient(server.url, '/api/2.0/mlflow'), { searchRuns }));
  }
  const rows = [];
  for (const { name, clients, call } of scenarios) {
    console.error(name);
    const results = [];
    for (const target of targets) results.push(await measure({ clients, seconds, call: (client, count) => call(target, client, count) }));
    rows.push({ name, clients, results });
  }
  for (const target of targets) target.api.close();
  return rows;
}

function cells({ name, clients, results: [taller, other] }) {
  const rates = [number(taller.perSecond), other ? number(other.perSecond) : '-'];
  const ratio = other ? `${(taller.perSecond / other.perSecond).toFixed(1)}x` : '-';
  const latency = [taller, other].map((result) => (result ? `${number(result.p50)} / ${number(result.p99)}` : '-'));
  return [name, clients, ...rates, ratio, ...latency];
}

function body(rows, versions) {
  const head = ['scenario', 'clients', 'Taller /s', 'FastTrackML /s', 'ratio', 'Taller p50 / p99 ms', 'FastTrackML p50 / p99 ms'];
  return `${circumstances(versions)} ${seconds} seconds a scenario, ${searchRuns.toLocaleString('en')} runs in the searched experiment.

${table(head, rows.map(cells))}

Taller answers a write after its commit is on disk (WAL, synchronous=FULL). Again: \`npm run bench\`.`;
}

const servers = [];
try {
  servers.push({ name: 'Taller', ...(await startTaller(subfolder('taller'))) });
  const python = fastTrackMlPython();
  if (python) servers.push({ name: 'FastTrackML', ...(await startFastTrackMl(subfolder('fasttrackml'), python)) });
  const rows = await measureAll(servers);
  writeSection('Tracking on SQLite', body(rows, python ? ['FastTrackML 0.6.0'] : []));
} finally {
  for (const server of servers) await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
