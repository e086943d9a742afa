import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const page = join(root, 'docs/benchmarks.md');
const opening = `# Benchmarks

The scripts in \`bench/\` write this page; it is not edited by hand. Both sides of a table are measured in one run on one
machine, the load on the same cores as the servers. Read the ratios; the absolute numbers belong to that machine.
`;

export const number = (value) => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(value >= 10 ? 1 : 2));

export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const align = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [line(head), line(align), ...rows.map(line)].join('\n');
}

function revision() {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

/** One line that says when, on what and with which versions a table was measured. */
export function circumstances(versions) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB of memory`;
  const machine = `${availableParallelism()} cores, ${memory}, ${process.platform} ${process.arch}`;
  const software = [`Node ${process.versions.node}`, `Taller ${version} (${revision()})`, ...versions].join(', ');
  return `Measured on ${new Date().toISOString().slice(0, 10)}: ${machine}; ${software}.`;
}

/** Replaces one section of docs/benchmarks.md, or adds it, and prints it. */
export function writeSection(title, body) {
  const text = existsSync(page) ? readFileSync(page, 'utf8') : opening;
  const [, ...sections] = text.split(/^(?=## )/m);
  const section = `## ${title}\n\n${body.trim()}\n`;
  const at = sections.findIndex((existing) => existing.startsWith(`## ${title}\n`));
  if (at < 0) sections.push(section);
  else sections[at] = section;
  writeFileSync(page, [opening, ...sections.map((existing) => existing.trim())].join('\n').trimEnd() + '\n');
  console.log(section);
}
