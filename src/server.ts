#!/usr/bin/env node
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { buildApp } from './app.js';
import { StartupError } from './errors.js';
import { helpText, readOptions, type ServerOptions } from './plugins/config.js';
import { packageVersion, startLines } from './start-lines.js';

const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
const IDLE_SWEEP_MS = 50;

await main().catch(failToStart);

async function main(): Promise<void> {
  const command = readOptions(process.argv.slice(2), process.env);
  if (command.action === 'help') return console.log(helpText());
  if (command.action === 'version') return console.log(`taller ${packageVersion()}`);
  for (const note of command.notes) console.log(`Note: ${note}`);
  await serve(command.options);
}

async function serve(options: ServerOptions): Promise<void> {
  const app = await buildApp({ ...options, logger: { level: 'warn', stream: process.stderr } });
  closeOnSignals(app);
  try {
    await app.listen({ host: options.host, port: options.port });
  } catch (error) {
    await app.close();
    throw listenFault(error as NodeJS.ErrnoException, options);
  }
  console.log(startLines(options, (app.server.address() as AddressInfo).port, performance.now()));
}

/** The first signal lets the requests in flight finish, a second one does not wait for them. */
function closeOnSignals(app: FastifyInstance): void {
  let closing = false;
  const onSignal = (signal: keyof typeof SIGNAL_EXIT_CODES) => {
    if (closing) process.exit(SIGNAL_EXIT_CODES[signal]);
    closing = true;
    endIdleConnections(app);
    console.log(`${signal}: finishing the requests in flight; a second signal ends at once.`);
    app.close().then(
      () => process.exit(0),
      (error) => failToClose(error),
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

/** Closing ends the connections that are idle by then; those that become idle later would be kept alive for a minute. */
function endIdleConnections(app: FastifyInstance): void {
  setInterval(() => app.server.closeIdleConnections(), IDLE_SWEEP_MS).unref();
}

function listenFault(error: NodeJS.ErrnoException, { host, port }: ServerOptions): Error {
  const reasons: Record<string, string> = {
    EADDRINUSE: `--port ${port}: another process listens on ${host}:${port} already.`,
    EACCES: `--port ${port}: this user may not listen on it.`,
    EADDRNOTAVAIL: `--host ${host}: this machine has no such address.`,
    ENOTFOUND: `--host ${host}: the name is not known.`,
    EAI_AGAIN: `--host ${host}: the name is not known.`,
  };
  const reason = reasons[error.code ?? ''];
  return reason ? new StartupError(reason) : error;
}

/** One line for a fault that the operator can mend; the stack only for one that nobody foresaw. */
function failToStart(error: unknown): void {
  console.error(`taller: ${error instanceof StartupError ? error.message : `cannot start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`}`);
  process.exit(1);
}

function failToClose(error: unknown): void {
  console.error(`taller: could not close cleanly: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
