import { test } from 'tap';
import { StartupError } from '../../src/errors.js';
import { helpText, readOptions, type ServerOptions, sqliteFilename } from '../../src/plugins/config.js';

function served(argv: string[], env: NodeJS.ProcessEnv = {}): { options: ServerOptions; notes: string[] } {
  const command = readOptions(argv, env);
  if (command.action !== 'serve') throw new Error(`expected to serve, got ${command.action}`);
  return command;
}

const optionsOf = (argv: string[], env?: NodeJS.ProcessEnv) => served(argv, env).options;

const defaults = {
  backendStoreUri: 'sqlite:///taller-data/taller.db',
  defaultArtifactRoot: undefined,
  artifactsDestination: './taller-data/artifacts',
  serveArtifacts: true,
  host: '127.0.0.1',
  port: 5000,
};

const variables = {
  MLFLOW_BACKEND_STORE_URI: 'sqlite:////env/taller.db',
  MLFLOW_DEFAULT_ARTIFACT_ROOT: '/env/root',
  MLFLOW_ARTIFACTS_DESTINATION: '/env/artifacts',
  MLFLOW_SERVE_ARTIFACTS: 'false',
  MLFLOW_HOST: '0.0.0.0',
  MLFLOW_PORT: '5001',
};

test('nothing given means loopback, port 5000 and ./taller-data', async (t) => {
  t.same(served([]), { action: 'serve', options: defaults, notes: [] });
});

test('every flag of mlflow server that counts is read, with a space or an equals sign', async (t) => {
  const expected = { backendStoreUri: 'sqlite:///x.db', defaultArtifactRoot: '/r', artifactsDestination: 'file:///d', serveArtifacts: false, host: '::1', port: 0 };
  const pairs = [['--backend-store-uri', 'sqlite:///x.db'], ['--default-artifact-root', '/r'], ['--artifacts-destination', 'file:///d'], ['--host', '::1'], ['--port', '0']];
  t.same(optionsOf([...pairs.flat(), '--no-serve-artifacts']), expected);
  t.same(optionsOf([...pairs.map((pair) => pair.join('=')), '--no-serve-artifacts']), expected);
  t.same(optionsOf(['-h', '0.0.0.0', '-p', '5001']), { ...defaults, host: '0.0.0.0', port: 5001 });
});

test("mlflow server's environment is read, and a flag wins over it", async (t) => {
  t.same(optionsOf([], variables), { backendStoreUri: 'sqlite:////env/taller.db', defaultArtifactRoot: '/env/root', artifactsDestination: '/env/artifacts', serveArtifacts: false, host: '0.0.0.0', port: 5001 });
  t.same(optionsOf(['--port', '7000', '--serve-artifacts', '--backend-store-uri=sqlite://'], variables), {
    backendStoreUri: 'sqlite://', defaultArtifactRoot: '/env/root', artifactsDestination: '/env/artifacts', serveArtifacts: true, host: '0.0.0.0', port: 7000,
  });
});

test('an empty variable or value says nothing', async (t) => {
  t.same(optionsOf(['--default-artifact-root', ''], Object.fromEntries(Object.keys(variables).map((name) => [name, '']))), defaults);
});

test('of a flag given twice, and of a flag and its opposite, the last one counts', async (t) => {
  t.equal(optionsOf(['--port', '1', '--port', '2']).port, 2);
  t.equal(optionsOf(['--no-serve-artifacts', '--serve-artifacts']).serveArtifacts, true);
  t.equal(optionsOf(['--serve-artifacts', '--no-serve-artifacts']).serveArtifacts, false);
});

for (const [word, meaning] of [['1', true], ['TRUE', true], ['yes', true], ['on', true], ['0', false], ['False', false], ['no', false], ['off', false]] as const) {
  test(`MLFLOW_SERVE_ARTIFACTS=${word} means ${meaning}`, async (t) => {
    t.equal(optionsOf([], { MLFLOW_SERVE_ARTIFACTS: word }).serveArtifacts, meaning);
  });
}

test("the command line of a unit written for MLflow is taken, with a note for what has no effect", async (t) => {
  const { options, notes } = served(['server', '--host', '0.0.0.0', '-w', '4', '--gunicorn-opts', '--log-level debug', '--uvicorn-opts=--reload', '--waitress-opts', '--threads=4', '--dev', '--allowed-hosts', '*', '--port', '5001']);
  t.same(options, { ...defaults, host: '0.0.0.0', port: 5001 });
  t.same(notes, [
    ...['workers', 'gunicorn-opts', 'uvicorn-opts', 'waitress-opts', 'dev'].map((name) => `--${name} has no effect: Taller is a single process without such a part.`),
    '--allowed-hosts * has no effect: Taller answers to every host name.',
  ]);
});

test('a variable that asks for what Taller does not have is named, not obeyed in silence', async (t) => {
  t.same(served([], { MLFLOW_SERVER_ALLOWED_HOSTS: 'a.example' }).notes, ['MLFLOW_SERVER_ALLOWED_HOSTS is set and has no effect: Taller does not support --allowed-hosts.']);
});

test('help and version are asked for by name; the help names every flag, variable and default', async (t) => {
  t.same(readOptions(['--help'], {}), { action: 'help' });
  t.same(readOptions(['--version'], {}), { action: 'version' });
  for (const word of ['--backend-store-uri URI', '--default-artifact-root URI', '--artifacts-destination PATH', '--no-serve-artifacts', '-h, --host HOST', '-p, --port PORT', ...Object.keys(variables), '127.0.0.1', '5000']) t.ok(helpText().includes(word), word);
});

const refusals: [string[], string | RegExp, NodeJS.ProcessEnv?][] = [
  [['--prot', '5000'], 'Unknown flag --prot. Did you mean --port?'],
  [['--backend-store-url=x'], 'Unknown flag --backend-store-url. Did you mean --backend-store-uri?'],
  [['--artifact-destination', 'x'], 'Unknown flag --artifact-destination. Did you mean --artifacts-destination?'],
  [['--frobnicate'], 'Unknown flag --frobnicate. Run with --help for the flags.'],
  [['-x'], /^Unknown flag -x\./],
  [['run'], 'Unexpected argument "run". Run with --help for the flags.'],
  [['--port', '1', '--', 'x'], 'Unexpected argument "x". Run with --help for the flags.'],
  [['--port'], '--port needs a value.'],
  [['--port', '--host', 'x'], '--port needs a value, got the flag --host.'],
  [['--serve-artifacts=yes'], '--serve-artifacts takes no value, got "yes".'],
  [['--port', 'http'], '--port must be a whole number from 0 to 65535, got "http".'],
  [['--port', '65536'], '--port must be a whole number from 0 to 65535, got "65536".'],
  [['--port=-1'], '--port must be a whole number from 0 to 65535, got "-1".'],
  [['--port', '5000.5'], /whole number/],
  [[], '--port must be a whole number from 0 to 65535, got "five".', { MLFLOW_PORT: 'five' }],
  [[], 'MLFLOW_SERVE_ARTIFACTS must be true or false, got "maybe".', { MLFLOW_SERVE_ARTIFACTS: 'maybe' }],
  [['--app-name', 'basic-auth'], '--app-name is a flag of mlflow server that Taller does not support.'],
  [['--allowed-hosts', 'a.example'], '--allowed-hosts is a flag of mlflow server that Taller does not support.'],
  [['--artifacts-only'], '--artifacts-only is a flag of mlflow server that Taller does not support.'],
  [['--backend-store-uri', 'postgresql://user:secret@db/taller'], '--backend-store-uri: the scheme "postgresql:" is not supported; give a SQLite database such as sqlite:///taller.db or sqlite:////srv/taller.db.'],
  [['--backend-store-uri', './mlruns'], /^--backend-store-uri: a plain path is not supported/],
  [['--backend-store-uri', 'file:///mlruns'], /the scheme "file:" is not supported/],
];

for (const [argv, message, env] of refusals) {
  test(`one line refuses ${[...argv, ...Object.entries(env ?? {}).map((pair) => pair.join('='))].join(' ')}`, async (t) => {
    t.throws(() => readOptions(argv, env ?? {}), { name: 'StartupError', message });
    t.throws(() => readOptions(argv, env ?? {}), { message: /^[^\n]+$/ });
  });
}

const files = {
  'sqlite:///rel.db': 'rel.db',
  'sqlite:///dir/rel.db': 'dir/rel.db',
  'sqlite:///./rel.db': './rel.db',
  'sqlite:////abs/x.db': '/abs/x.db',
  'sqlite+pysqlite:////abs/x.db': '/abs/x.db',
  'SQLite:///rel.db': 'rel.db',
  'sqlite:///x.db?timeout=30': 'x.db',
  'sqlite:////with space/é.db': '/with space/é.db',
  'sqlite://': ':memory:',
  'sqlite:///': ':memory:',
  'sqlite:///:memory:': ':memory:',
};

for (const [uri, file] of Object.entries(files)) {
  test(`${uri} is the database ${file}`, async (t) => {
    t.equal(sqliteFilename(uri), file);
  });
}

for (const uri of ['sqlite:rel.db', 'sqlite:/x.db', 'sqlite://host/x.db']) {
  test(`${uri} is no URI that SQLAlchemy would take`, async (t) => {
    t.throws(() => sqliteFilename(uri), StartupError);
  });
}
