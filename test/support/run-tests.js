// npm test: every suite that this machine can run, with what was skipped and why, and one closing line for machines.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const scratch = mkdtempSync(join(tmpdir(), 'tidemark-test-'));
const started = performance.now();
const report = join(scratch, 'vitest.json');
const given = process.argv.slice(2);

const code = await new Promise((resolve) => {
  const child = spawn(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...given,
    ],
    { stdio: 'inherit', env: { ...process.env, CI: process.env.CI ?? '' } },
  );
  child.on('error', () => resolve(1));
  child.on('close', (status) => resolve(status ?? 1));
});

let counts = { passed: 0, failed: 1, skipped: 0 };
try {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  counts = { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
  const broken = testResults.filter(
    (suite) => suite.status === 'failed' && suite.assertionResults.every((test) => test.status !== 'failed'),
  );
  counts.failed += broken.length;
  for (const suite of broken) console.log(`failed to load: ${suite.name}`);
  for (const suite of testResults) {
    for (const test of suite.assertionResults) {
      if (test.status === 'pending' || test.status === 'skipped') console.log(`skipped: ${test.fullName}`);
    }
  }
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
} catch (error) {
  console.log(`no report from vitest: ${error.message}`);
}
rmSync(scratch, { recursive: true, force: true });
console.log(`${((performance.now() - started) / 1000).toFixed(0)} s`);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(code !== 0 || counts.failed > 0 ? 1 : 0);
