import { parseArgs } from 'node:util';
import { StartupError } from '../errors.js';

/** A flag of `mlflow server` by its name there. */
export interface Flag {
  name: string;
  short?: string;
  /** What the value is called in the help; undefined for a flag that takes none. */
  value?: string;
  env?: string;
  help?: string;
}

/** What Taller acts on. */
export const SETTINGS: readonly Flag[] = [
  { name: 'backend-store-uri', value: 'URI', env: 'MLFLOW_BACKEND_STORE_URI', help: 'the database: sqlite:///relative.db or sqlite:////absolute.db (default: sqlite:///taller-data/taller.db)' },
  { name: 'default-artifact-root', value: 'URI', env: 'MLFLOW_DEFAULT_ARTIFACT_ROOT', help: 'where new experiments put their artifacts (default: mlflow-artifacts:/, through this server)' },
  { name: 'artifacts-destination', value: 'PATH', env: 'MLFLOW_ARTIFACTS_DESTINATION', help: 'the folder behind mlflow-artifacts:/ (default: ./taller-data/artifacts)' },
  { name: 'serve-artifacts', env: 'MLFLOW_SERVE_ARTIFACTS', help: 'carry artifacts through this server (default)' },
  { name: 'no-serve-artifacts', help: 'leave artifacts to the clients, in a folder that all can reach' },
  { name: 'host', short: 'h', value: 'HOST', env: 'MLFLOW_HOST', help: 'the interface to listen on (default: 127.0.0.1; 0.0.0.0 is all of them)' },
  { name: 'port', short: 'p', value: 'PORT', env: 'MLFLOW_PORT', help: 'the port to listen on (default: 5000; 0 is any free one)' },
  { name: 'help', help: 'print this text' },
  { name: 'version', help: 'print the version' },
];

/** What tunes processes or parts that Taller does not have: taken and named, so that a unit written for MLflow still starts. */
const IDLE: readonly Flag[] = [
  { name: 'workers', short: 'w', value: 'N' },
  { name: 'gunicorn-opts', value: 'TEXT' },
  { name: 'uvicorn-opts', value: 'TEXT' },
  { name: 'waitress-opts', value: 'TEXT' },
  { name: 'dev' },
  { name: 'secrets-cache-ttl', value: 'N' },
  { name: 'secrets-cache-max-size', value: 'N' },
  { name: 'workspace-store-uri', value: 'URI' },
  { name: 'disable-workspaces' },
  { name: 'disable-security-middleware' },
];

/** What would change who may do what, or where data go: to ignore it would be wrong. */
const REFUSED: readonly Flag[] = [
  { name: 'registry-store-uri', value: 'URI', env: 'MLFLOW_REGISTRY_STORE_URI' },
  { name: 'read-replica-backend-store-uri', value: 'URI', env: 'MLFLOW_READ_REPLICA_BACKEND_STORE_URI' },
  { name: 'artifacts-only', env: 'MLFLOW_ARTIFACTS_ONLY' },
  { name: 'static-prefix', value: 'TEXT', env: 'MLFLOW_STATIC_PREFIX' },
  { name: 'allowed-hosts', value: 'TEXT', env: 'MLFLOW_SERVER_ALLOWED_HOSTS' },
  { name: 'cors-allowed-origins', value: 'TEXT', env: 'MLFLOW_SERVER_CORS_ALLOWED_ORIGINS' },
  { name: 'x-frame-options', value: 'TEXT', env: 'MLFLOW_SERVER_X_FRAME_OPTIONS' },
  { name: 'expose-prometheus', value: 'PATH', env: 'MLFLOW_EXPOSE_PROMETHEUS' },
  { name: 'app-name', value: 'NAME' },
  { name: 'trace-archival-config', value: 'PATH', env: 'MLFLOW_TRACE_ARCHIVAL_CONFIG' },
  { name: 'enable-workspaces', env: 'MLFLOW_ENABLE_WORKSPACES' },
];

const KNOWN: ReadonlyMap<string, Flag> = new Map([...SETTINGS, ...IDLE, ...REFUSED].map((flag) => [flag.name, flag]));

export interface ParsedFlags {
  /** The settings that were given, the last one of each; '' for a flag without a value. */
  values: Map<string, string>;
  /** Sentences about what was given and has no effect. */
  notes: string[];
}

/** Reads the command line. `mlflow server`'s own word, `server`, may stand in front. Throws StartupError with one line. */
export function parseFlags(argv: readonly string[]): ParsedFlags {
  const parsed: ParsedFlags = { values: new Map(), notes: [] };
  for (const token of tokens(argv[0] === 'server' ? argv.slice(1) : argv)) {
    if (token.kind === 'positional') throw new StartupError(`Unexpected argument "${token.value}". Run with --help for the flags.`);
    if (token.kind === 'option') take(parsed, token);
  }
  return parsed;
}

/** What the environment says in MLflow's names, by the name of the flag. An empty variable says nothing. */
export function readEnvironment(env: NodeJS.ProcessEnv): ParsedFlags {
  const said = (flags: readonly Flag[]) => flags.filter((flag) => flag.env !== undefined && env[flag.env]);
  return {
    values: new Map(said(SETTINGS).map((flag) => [flag.name, env[flag.env ?? ''] ?? ''])),
    notes: said(REFUSED).map((flag) => `${flag.env} is set and has no effect: Taller does not support --${flag.name}.`),
  };
}

interface OptionToken {
  name: string;
  rawName: string;
  value: string | undefined;
  inlineValue: boolean | undefined;
}

function tokens(argv: readonly string[]) {
  const options = Object.fromEntries([...KNOWN.values()].map(({ name, short, value }) => [name, { type: value ? ('string' as const) : ('boolean' as const), ...(short ? { short } : {}) }]));
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

function take(parsed: ParsedFlags, token: OptionToken): void {
  const flag = KNOWN.get(token.name) ?? unknown(token);
  if (asksForNothing(flag, token)) return void parsed.notes.push(`--${flag.name} ${token.value} has no effect: Taller answers to every host name.`);
  if (REFUSED.includes(flag)) throw new StartupError(`--${flag.name} is a flag of mlflow server that Taller does not support.`);
  const value = flag.value === undefined ? noValue(token) : theValue(token);
  if (IDLE.includes(flag)) parsed.notes.push(`--${flag.name} has no effect: Taller is a single process without such a part.`);
  else parsed.values.set(...overriding(parsed, flag, value));
}

/** A unit that opens MLflow to the network names the hosts that it may be called by; all of them is what Taller does. */
const asksForNothing = (flag: Flag, token: OptionToken) => flag.name === 'allowed-hosts' && token.value === '*';

/** `--no-serve-artifacts` and `--serve-artifacts` are one setting: the last one counts. */
function overriding(parsed: ParsedFlags, flag: Flag, value: string): [string, string] {
  if (flag.name === 'serve-artifacts') parsed.values.delete('no-serve-artifacts');
  if (flag.name === 'no-serve-artifacts') parsed.values.delete('serve-artifacts');
  return [flag.name, value];
}

function noValue(token: OptionToken): string {
  if (token.value !== undefined) throw new StartupError(`${token.rawName} takes no value, got "${token.value}".`);
  return '';
}

function theValue(token: OptionToken): string {
  if (token.value === undefined) throw new StartupError(`${token.rawName} needs a value.`);
  const isFlag = !token.inlineValue && KNOWN.has(token.value.replace(/^--/, '').replace(/=.*$/, '')) && token.value.startsWith('--');
  if (isFlag) throw new StartupError(`${token.rawName} needs a value, got the flag ${token.value}.`);
  return token.value;
}

function unknown(token: OptionToken): never {
  const nearest = nearestName(token.name);
  throw new StartupError(`Unknown flag ${token.rawName}.${nearest ? ` Did you mean --${nearest}?` : ' Run with --help for the flags.'}`);
}

function nearestName(name: string): string | undefined {
  const ranked = SETTINGS.map((flag) => ({ name: flag.name, distance: editDistance(name, flag.name) })).sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(2, name.length / 3) ? best.name : undefined;
}

/** Levenshtein's distance, row by row. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = (above[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    above = current;
  }
  return above[b.length] ?? 0;
}
