/*
 * Virtual environments outside the checkout, one for each content of a requirements file, so that a second run
 * finds what the first one installed. `node scripts/python-venv.mjs FILE` makes one and prints its Python.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

function folderFor(requirements) {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'taller-ci');
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  return join(cache, `venv-${hash}`);
}

/** The Python that has all of a requirements file installed, or undefined where `ensureVenv` has not finished yet. */
export function findVenv(requirements) {
  const folder = folderFor(requirements);
  return existsSync(join(folder, 'complete')) ? join(folder, 'bin', 'python') : undefined;
}

function basePython() {
  const check = 'import sys, venv, ensurepip; assert sys.version_info >= (3, 11)';
  for (const name of ['python3.11', 'python3', 'python3.12', 'python3.13']) {
    try {
      execFileSync(name, ['-c', check], { stdio: 'ignore' });
      return name;
    } catch {
      continue;
    }
  }
  throw new Error('needs Python 3.11 or later with its venv module (on Debian: apt-get install python3-venv)');
}

/** Makes the environment where it is missing, and returns its Python. */
export function ensureVenv(requirements) {
  const found = findVenv(requirements);
  if (found) return found;
  const folder = folderFor(requirements);
  const python = join(folder, 'bin', 'python');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const run = (command, args) => execFileSync(command, args, { stdio: ['ignore', 2, 2] });
  run(basePython(), ['-m', 'venv', folder]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
  writeFileSync(join(folder, 'complete'), '');
  return python;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(ensureVenv(argv[2]));
  } catch (error) {
    console.error(`python-venv: ${error.message}`);
    process.exitCode = 1;
  }
}
