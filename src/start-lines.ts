import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { resolve } from 'node:path';
import type { ServerOptions } from './plugins/config.js';
import { sqliteFilename } from './plugins/config.js';

/** The version of the package that this file belongs to. */
export function packageVersion(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version as string;
}

/** What an operator wants to read once the server listens: where it is, what to paste, where the data lie. */
export function startLines(options: ServerOptions, port: number, milliseconds: number): string {
  const url = baseUrl(options.host, port);
  const lines = [
    ['UI', `${url}/`],
    ['API docs', `${url}/docs`],
    ['tracking', `mlflow.set_tracking_uri("${url}")`],
    ...otherMachines(options.host, port),
    ['database', databasePlace(options)],
    ['artifacts', artifactPlace(options)],
  ];
  return [`Taller ${packageVersion()} is ready after ${Math.round(milliseconds)} ms.`, ...lines.map(([what = '', where = '']) => `  ${what.padEnd(10)} ${where}`)].join('\n');
}

/** A URL that opens on this machine: the address of all interfaces is none to connect to. */
export function baseUrl(host: string, port: number): string {
  const local = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${local.includes(':') ? `[${local}]` : local}:${port}`;
}

function otherMachines(host: string, port: number): string[][] {
  if (host !== '0.0.0.0' && host !== '::') return [];
  const outward = Object.values(networkInterfaces()).flat().find((address) => address && !address.internal && address.family === 'IPv4');
  return outward ? [['from afar', `mlflow.set_tracking_uri("${baseUrl(outward.address, port)}")`]] : [];
}

function databasePlace(options: ServerOptions): string {
  const file = sqliteFilename(options.backendStoreUri);
  return file === ':memory:' ? 'in memory: gone when the server ends' : resolve(file);
}

function artifactPlace(options: ServerOptions): string {
  const folder = options.artifactsDestination.startsWith('file:') ? options.artifactsDestination : resolve(options.artifactsDestination);
  const root = options.defaultArtifactRoot ?? (options.serveArtifacts ? 'mlflow-artifacts:/' : folder);
  const place = options.serveArtifacts ? `${folder}, as mlflow-artifacts:/` : 'not served';
  return root === 'mlflow-artifacts:/' ? place : `${place}; new experiments: ${root}`;
}
