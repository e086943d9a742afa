import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Buffer } from 'node:buffer';

/** The same folder from src/demo and from dist/demo. */
const folder = fileURLToPath(new URL('../../test/fixtures/', import.meta.url));

export interface ModelFile {
  /** Relative to the model's folder, `/` separated. */
  path: string;
  content: Buffer;
}

export interface Trial {
  params: Record<string, string | number>;
  metrics: Record<string, number>;
}

/** One tuning session as it was measured: what it maximized, its trials, the best parameters and the held-out scores. */
export interface Search extends Trial {
  scoring: 'accuracy' | 'auroc';
  trials: Trial[];
}

export interface Iris {
  records: Record<string, number>[];
  labels: number[];
}

/** All files of a model folder that MLflow saved. */
export async function readModel(name: string): Promise<ModelFile[]> {
  const root = join(folder, 'models', name);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.map(async (file) => ({ path: relative(root, file).replaceAll(sep, '/'), content: await readFile(file) })),
  );
}

export async function readSearches(): Promise<Search[]> {
  return JSON.parse(await readFile(join(folder, 'iris_searches.json'), 'utf8'));
}

/** The 150 rows as records named as in the model's signature, and the class of each. */
export async function readIris(): Promise<Iris> {
  const [header = '', ...lines] = (await readFile(join(folder, 'iris.csv'), 'utf8')).trim().split(/\r?\n/);
  const names = header.split(',').slice(0, -1);
  const rows = lines.map((line) => line.split(',').map(Number));
  return {
    records: rows.map((row) => Object.fromEntries(names.map((name, column) => [name, row[column] ?? Number.NaN]))),
    labels: rows.map((row) => row.at(-1) ?? Number.NaN),
  };
}
