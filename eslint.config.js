import tseslint from 'typescript-eslint';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';

/*
 * Which way imports flow: server -> app -> {routes, plugins}; routes -> plugins; plugins -> ml; ml -> itself and node:.
 * The demonstration stands beside server.ts: it starts an app, and nothing imports it.
 */
const zones = [
  {
    target: './src/ml',
    from: ['./src/plugins', './src/routes', './src/app.ts', './src/server.ts', './src/errors.ts', './src/demo'],
    message: 'ml/ is pure computation: it imports itself and node: only.',
  },
  {
    target: './src/plugins',
    from: ['./src/routes', './src/app.ts', './src/server.ts', './src/demo'],
    message: 'A plugin knows nothing of routes, of the app or of the server.',
  },
  {
    target: './src/routes',
    from: ['./src/app.ts', './src/server.ts', './src/demo'],
    message: 'A route knows nothing of the app or of the server.',
  },
  { target: ['./src/server.ts', './src/demo'], from: './src/routes', message: 'Only app.ts imports from routes/.' },
  { target: ['./src/app.ts', './src/server.ts'], from: './src/demo', message: 'Nothing imports the demonstration.' },
  { target: './src/app.ts', from: './src/server.ts', message: 'server.ts is the outermost file.' },
  {
    target: './src/errors.ts',
    from: ['./src/ml', './src/plugins', './src/routes', './src/app.ts', './src/server.ts'],
    message: 'errors.ts is a leaf.',
  },
];

/** Imports that may carry types but no code. */
const typesOnly = (files, regex, message) => ({
  files,
  rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: [{ regex, allowTypeImports: true, message }] }] },
});

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.tap/', 'taller-data/', 'test/fixtures/', 'ui/'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.mjs'],
    languageOptions: { ecmaVersion: 2023, sourceType: 'module' },
  },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts'],
    plugins: { 'import-x': importX },
    settings: {
      /* NodeNext writes './x.js' for the file x.ts: without the alias nothing resolves and the zones never speak. */
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js', '.json'], extensionAlias: { '.js': ['.ts', '.js'] } })],
    },
    rules: {
      'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones }],
      'import-x/no-cycle': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'max-lines': ['warn', { max: 300, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error',
      'prefer-const': 'error',
    },
  },
  typesOnly(['src/routes/**/*.ts'], '/ml/', 'A route takes only types from ml/; the work is called through a decorator.'),
  typesOnly(
    ['src/plugins/*/*.ts'],
    '^\\.\\./(?!\\.\\.)[^/]+/',
    'Plugin folders reach each other through decorators and import type.',
  ),
  {
    files: ['src/ml/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            'fastify', '@fastify/*', 'better-sqlite3', 'onnxruntime-node',
            'node:fs', 'node:fs/*', 'node:http', 'node:net', 'node:child_process', 'node:vm',
          ],
        },
      ],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'inject a seeded generator' }],
      'no-eval': 'error',
      'no-new-func': 'error',
    },
  },
);
