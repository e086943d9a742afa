import tseslint from 'typescript-eslint';
import importX from 'eslint-plugin-import-x';

/* Which way imports flow: server -> app -> {routes, plugins}; routes -> plugins, and ml for types; plugins -> ml; ml -> itself. */
const zones = [
  { target: './src/ml', from: ['./src/plugins', './src/routes', './src/app.ts', './src/server.ts', './src/errors.ts'], message: 'ml/ is pure computation: it imports itself and node: only.' },
  { target: './src/plugins', from: ['./src/routes', './src/app.ts', './src/server.ts'], message: 'plugins know nothing of routes.' },
  { target: './src/routes', from: ['./src/app.ts', './src/server.ts'], message: 'only app.ts imports from routes/.' },
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.tap/', 'taller-data/', 'test/fixtures/', 'ui/'] },
  ...tseslint.configs.recommended,
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts'],
    plugins: { 'import-x': importX },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-cycle': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'max-lines': ['warn', { max: 300, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['src/ml/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: ['fastify', '@fastify/*', 'better-sqlite3', 'onnxruntime-node', 'node:fs', 'node:fs/*', 'node:http', 'node:net', 'node:child_process', 'node:vm'] }],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'inject a seeded generator' }],
      'no-eval': 'error',
      'no-new-func': 'error',
    },
  },
);
