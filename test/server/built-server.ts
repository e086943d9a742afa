import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Test } from 'tap';
import ts from 'typescript';

const repository = join(import.meta.dirname, '../..');
const readyDeadline = 20_000;

/** Compiles the sources as they are now, beside their dependencies, and answers the path of the `taller` bin. */
export function buildServer(t: Test): string {
  mkdirSync(join(repository, '.tap'), { recursive: true });
  const folder = mkdtempSync(join(repository, '.tap/server-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  copyFileSync(join(repository, 'package.json'), join(folder, 'package.json'));
  const sources = readdirSync(join(repository, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  for (const source of sources) compile(join(repository, 'src', source), join(folder, 'dist', source.replace(/\.ts$/, '.js')));
  return join(folder, 'dist/server.js');
}

function compile(source: string, target: string): void {
  const { outputText } = ts.transpileModule(readFileSync(source, 'utf8'), { compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true } });
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, outputText);
}

export interface Run {
  cwd: string;
  args?: readonly string[];
  env?: NodeJS.ProcessEnv;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Starts the bin with a clean environment. */
function launch(entry: string, { cwd, args = [], env = {} }: Run) {
  const process_ = spawn(process.execPath, [entry, ...args], { cwd, env: { PATH: process.env.PATH, HOME: cwd, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const exit = once(process_, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const output = Promise.all([exit, text(process_.stdout), text(process_.stderr)]);
  return { process: process_, ended: output.then(([[code, signal], stdout, stderr]): Ended => ({ code, signal, stdout, stderr })) };
}

/** Runs the bin to its end. */
export async function run(entry: string, options: Run): Promise<Ended> {
  return launch(entry, options).ended;
}

export interface Running {
  url: string;
  /** What it printed until it was ready. */
  lines: string;
  process: ChildProcess;
  ended: Promise<Ended>;
}

/** Starts the bin and waits until it says that it is ready; the test's end ends it. */
export async function start(t: Test, entry: string, options: Run): Promise<Running> {
  const { process: child, ended } = launch(entry, options);
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const lines = await Promise.race([readyLines(child), ended.then((end) => Promise.reject(new Error(`the server ended before it was ready: ${JSON.stringify(end)}`)))]);
  return { url: /set_tracking_uri\("(.*?)"\)/.exec(lines)?.[1] ?? '', lines, process: child, ended };
}

function readyLines(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const timer = setTimeout(() => reject(new Error(`not ready after ${readyDeadline} ms: ${printed}`)), readyDeadline);
    child.once('exit', () => clearTimeout(timer));
    child.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (!/^ {2}artifacts .*\n/m.test(printed)) return;
      clearTimeout(timer);
      resolve(printed);
    });
  });
}
