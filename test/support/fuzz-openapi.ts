// npm run test:fuzz: schemathesis, from a throw-away environment, against a real server; every option after `--` is its own.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveProcess } from './serve-process.ts';

/** 4.32.5 is what the routes were last held against. */
const PACKAGE = 'schemathesis>=4,<5';
const CHECKS = 'not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance';
/** Each would take away what the others are asked of. */
const LEFT_OUT = ['deleteProject', 'revokeToken'];

const scratch = mkdtempSync(join(tmpdir(), 'tidemark-fuzz-'));

/** The command of an environment with schemathesis in it; null: there is no python3, or no package to be had. */
function install(): string | null {
  const python = process.env.TIDEMARK_PYTHON ?? 'python3';
  const made = spawnSync(python, ['-m', 'venv', join(scratch, 'venv')], { stdio: 'ignore' });
  if (made.status !== 0) return null;
  const pip = join(scratch, 'venv', 'bin', 'pip');
  const got = spawnSync(pip, ['install', '--quiet', '--disable-pip-version-check', PACKAGE], { stdio: 'ignore' });
  return got.status === 0 ? join(scratch, 'venv', 'bin', 'schemathesis') : null;
}

async function fuzz(command: string): Promise<number> {
  process.env.TIDEMARK_RATE_LIMIT = 'off';
  const server = await serveProcess();
  try {
    const args = [
      ...[
        'run',
        `${server.url}/api/v1/openapi.json`,
        '--url',
        server.url,
        '-H',
        `Authorization: Bearer ${server.token}`,
      ],
      ...['--checks', CHECKS, '--phases', 'examples,coverage,fuzzing', '--max-examples', '20', '--no-shrink'],
      ...LEFT_OUT.flatMap((name) => ['--exclude-operation-id', name]),
      ...process.argv.slice(2),
    ];
    const child = spawn(command, args, { stdio: 'inherit', cwd: scratch });
    return await new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 1)));
  } finally {
    await server.close();
  }
}

try {
  const command = install();
  if (command) process.exitCode = await fuzz(command);
  else
    console.log('Skipped: schemathesis needs python3 with venv, and its package. `npm test` has a fuzzer of its own.');
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
