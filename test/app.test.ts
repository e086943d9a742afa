import { test } from 'tap';
import { buildApp } from '../src/app.js';

test('an app is built and closed', async (t) => {
  const app = await buildApp({ backendStoreUri: 'sqlite://', artifactsDestination: t.testdir(), serveArtifacts: true });
  await app.ready();
  await app.close();
  t.pass();
});
