import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findVenv } from '../../scripts/python-venv.mjs';

const run = promisify(execFile);

const python = process.env.TALLER_TEST_PYTHON || findVenv(join(import.meta.dirname, 'requirements.txt'));

/** The `skip` option of a test that needs the Python clients: false where they are, else the reason and the way to get them. */
export const withoutPython = python ? false : 'needs the Python clients: npm run test:python-setup';

/** Runs the Python that has the clients, pointed at a server, and resolves with what it printed. */
export async function runPython(trackingUri: string, args: string[]): Promise<string> {
  if (!python) throw new Error('no Python with the clients');
  const env = {
    ...process.env,
    MLFLOW_TRACKING_URI: trackingUri,
    MLFLOW_DISABLE_TELEMETRY: 'true',
    MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0',
    PYTHONWARNINGS: 'ignore',
  };
  const { stdout } = await run(python, args, { env, timeout: 100_000, maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}
