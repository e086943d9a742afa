import { ESLint } from 'eslint';
import { test } from 'tap';

const eslint = new ESLint({ cwd: process.cwd() });

interface Direction {
  name: string;
  file: string;
  code: string;
  rule: string;
}

async function rulesBroken(file: string, code: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(`${code}\n`, { filePath: file });
  return (result?.messages ?? []).map((message) => message.ruleId);
}

const zone = 'import-x/no-restricted-paths';
const typesOnly = '@typescript-eslint/no-restricted-imports';

const wrong: Direction[] = [
  { name: 'ml/ may not import a plugin', file: 'src/ml/probe.ts', code: "export * from '../plugins/config.js';", rule: zone },
  { name: 'ml/ may not import the error catalogue', file: 'src/ml/probe.ts', code: "export * from '../errors.js';", rule: zone },
  { name: 'ml/ may not import a plugin even as a type', file: 'src/ml/probe.ts', code: "export type * from '../plugins/config.js';", rule: zone },
  { name: 'ml/ may not import the framework', file: 'src/ml/probe.ts', code: "export * from 'fastify';", rule: 'no-restricted-imports' },
  { name: 'ml/ may not read files', file: 'src/ml/deep/probe.ts', code: "export * from 'node:fs';", rule: 'no-restricted-imports' },
  { name: 'a plugin may not import the app', file: 'src/plugins/probe/index.ts', code: "export * from '../../app.js';", rule: zone },
  { name: 'a route may not import the app', file: 'src/routes/mlflow/probe.ts', code: "export * from '../../app.js';", rule: zone },
  { name: 'a route may not run code of ml/', file: 'src/routes/mlflow/probe.ts', code: "export * from '../../ml/errors.js';", rule: typesOnly },
  { name: 'the catalogue imports nothing of ours', file: 'src/errors.ts', code: "export * from './app.js';", rule: zone },
  {
    name: 'a plugin may not run code of another plugin folder',
    file: 'src/plugins/probe/index.ts',
    code: "export * from '../database/driver.js';",
    rule: typesOnly,
  },
];

const right: Omit<Direction, 'rule'>[] = [
  { name: 'the app imports a plugin', file: 'src/app.ts', code: "export * from './plugins/config.js';" },
  { name: 'a plugin imports ml/', file: 'src/plugins/probe/index.ts', code: "export * from '../../ml/errors.js';" },
  { name: 'a plugin imports the error catalogue', file: 'src/plugins/probe/index.ts', code: "export * from '../../errors.js';" },
  { name: 'a plugin imports a type of another plugin', file: 'src/plugins/probe/index.ts', code: "export type * from '../database/driver.js';" },
  { name: 'a route imports a type of ml/', file: 'src/routes/mlflow/probe.ts', code: "export type * from '../../ml/errors.js';" },
];

for (const { name, file, code, rule } of wrong) {
  test(`lint: ${name}`, async (t) => t.match(await rulesBroken(file, code), [rule]));
}

for (const { name, file, code } of right) {
  test(`lint allows that ${name}`, async (t) => t.same(await rulesBroken(file, code), []));
}
