/* Writes openapi/openapi.json from the schemas of the built server's routes. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApp } from '../dist/app.js';

const file = new URL('../openapi/openapi.json', import.meta.url);
const folder = await mkdtemp(join(tmpdir(), 'taller-openapi-'));
const app = await buildApp({ backendStoreUri: 'sqlite://', artifactsDestination: folder, serveArtifacts: true });

await mkdir(new URL('.', file), { recursive: true });
await writeFile(file, `${JSON.stringify(app.swagger(), null, 2)}\n`);
await app.close();
await rm(folder, { recursive: true });
