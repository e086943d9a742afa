import { join } from 'node:path';
import { test } from 'tap';
import { runPython, withoutPython } from './python.js';
import { serverFor } from './server.js';

const script = join(import.meta.dirname, 'workshop.py');

for (const format of ['cloudpickle', 'pickle', 'skops']) {
  const name = `the unchanged clients play the workshop with a model saved as ${format}`;
  test(name, { skip: withoutPython }, async (t) => {
    const { url } = await serverFor(t);
    const printed = await runPython(url, [script, '--uri', url, '--format', format]);
    const summary = JSON.parse(printed.trimEnd().split('\n').at(-1) ?? '');
    t.equal(summary.format, format);
    t.ok(summary.rows > 30, `${summary.rows} held-out rows agree with scikit-learn`);
  });
}
