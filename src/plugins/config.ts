import { StartupError } from '../errors.js';
import { type Flag, parseFlags, readEnvironment, SETTINGS } from './config-flags.js';

/** What buildApp needs to know; read once from flags and environment by `server.ts`, or given by a test. */
export interface AppOptions {
  /** `sqlite:///relative.db`, `sqlite:////absolute.db`, `sqlite://` or `sqlite:///:memory:`; see `sqliteFilename`. */
  backendStoreUri: string;
  /** Where new experiments put their artifacts; undefined means proxied, `mlflow-artifacts:`. */
  defaultArtifactRoot?: string;
  /** The folder behind `mlflow-artifacts:/`. */
  artifactsDestination: string;
  serveArtifacts: boolean;
  logger?: boolean | object;
}

/** What the server needs beside the app. */
export interface ServerOptions extends AppOptions {
  host: string;
  port: number;
}

export type Command = { action: 'help' } | { action: 'version' } | { action: 'serve'; options: ServerOptions; notes: string[] };

const DEFAULTS = {
  backendStoreUri: 'sqlite:///taller-data/taller.db',
  artifactsDestination: './taller-data/artifacts',
  host: '127.0.0.1',
  port: '5000',
};

/** What the command line and the environment ask for; a flag wins over a variable. Throws StartupError with one line. */
export function readOptions(argv: readonly string[], env: NodeJS.ProcessEnv): Command {
  const flags = parseFlags(argv);
  if (flags.values.has('help')) return { action: 'help' };
  if (flags.values.has('version')) return { action: 'version' };
  const environment = readEnvironment(env);
  const setting = (name: string) => flags.values.get(name) || environment.values.get(name) || undefined;
  const backendStoreUri = setting('backend-store-uri') ?? DEFAULTS.backendStoreUri;
  sqliteFilename(backendStoreUri);
  const options: ServerOptions = {
    backendStoreUri,
    defaultArtifactRoot: setting('default-artifact-root'),
    artifactsDestination: setting('artifacts-destination') ?? DEFAULTS.artifactsDestination,
    serveArtifacts: servesArtifacts(flags.values, environment.values.get('serve-artifacts')),
    host: setting('host') ?? DEFAULTS.host,
    port: portNumber(setting('port') ?? DEFAULTS.port),
  };
  return { action: 'serve', options, notes: [...flags.notes, ...environment.notes] };
}

/**
 * The file that a SQLAlchemy URI of SQLite means, `:memory:` for none. Three slashes begin a relative path, four an
 * absolute one. Throws StartupError for other databases; the message holds the scheme only, as a URI may hold a password.
 */
export function sqliteFilename(uri: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase() ?? '';
  if (!/^sqlite(\+pysqlite)?$/.test(scheme)) throw new StartupError(`--backend-store-uri: ${scheme ? `the scheme "${scheme}:"` : 'a plain path'} is not supported; give a SQLite database such as sqlite:///taller.db or sqlite:////srv/taller.db.`);
  const rest = uri.slice(uri.indexOf(':') + 1).replace(/\?.*$/s, '');
  if (rest === '//' || rest === '///' || rest === '///:memory:') return ':memory:';
  if (!rest.startsWith('///')) throw new StartupError(`--backend-store-uri ${uri}: three slashes and a relative path, or four and an absolute one, must follow "${scheme}:".`);
  return rest.slice('///'.length);
}

/** The text of --help. */
export function helpText(): string {
  const lines = SETTINGS.map((flag) => ({ left: usage(flag), right: `${flag.help ?? ''}${flag.env ? ` [${flag.env}]` : ''}` }));
  const width = Math.max(...lines.map((line) => line.left.length));
  return ['Usage: taller [flags]', '', 'The flags and variables are those of mlflow server; a flag wins over its variable.', '', ...lines.map((line) => `  ${line.left.padEnd(width)}  ${line.right}`)].join('\n');
}

const usage = (flag: Flag) => `${flag.short ? `-${flag.short}, ` : ''}--${flag.name}${flag.value ? ` ${flag.value}` : ''}`;

function servesArtifacts(flags: ReadonlyMap<string, string>, variable: string | undefined): boolean {
  if (flags.has('serve-artifacts')) return true;
  if (flags.has('no-serve-artifacts')) return false;
  return variable === undefined || truth(variable, 'MLFLOW_SERVE_ARTIFACTS');
}

function truth(text: string, name: string): boolean {
  const word = text.trim().toLowerCase();
  if (['1', 'true', 't', 'yes', 'y', 'on'].includes(word)) return true;
  if (['0', 'false', 'f', 'no', 'n', 'off'].includes(word)) return false;
  throw new StartupError(`${name} must be true or false, got "${text}".`);
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65535)) throw new StartupError(`--port must be a whole number from 0 to 65535, got "${text}".`);
  return port;
}
