/* Runs tap, then says by name which tests were skipped and how to switch them on: a skipped test is no passed test. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const results = '.tap/test-results';
const started = Date.now();

const tap = spawnSync('tap', process.argv.slice(2), { stdio: 'inherit' });
if (tap.error) throw tap.error;

function skippedIn(file) {
  const lines = readFileSync(join(results, file), 'utf8').matchAll(/^\s*ok \d+ - (.*?)(?: # time=\S+)? # SKIP ?(.*)$/gm);
  return [...lines].map(([, name, reason]) => ({ file: file.replace(/\.tap$/, ''), name: name.replaceAll('\\#', '#'), reason }));
}

const skipped = readdirSync(results, { recursive: true })
  .filter((file) => file.endsWith('.tap') && statSync(join(results, file)).mtimeMs >= started)
  .flatMap(skippedIn);

if (skipped.length > 0) {
  console.log(`\nSkipped, ${skipped.length} of them:`);
  for (const { file, name, reason } of skipped) console.log(`  ${file}: ${name}${reason ? ` (${reason})` : ''}`);
}

process.exitCode = tap.status ?? 1;
