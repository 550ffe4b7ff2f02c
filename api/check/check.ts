import { checkBlobs } from './blobs.ts';
import { checkDatabase } from './database.ts';
import type { Checked, Finding } from './finding.ts';
import { checkLives } from './lives.ts';
import { checkMetrics } from './metrics.ts';

/** Everything that is not as it should be in a project. Nothing is changed. */
export async function checkProject(checked: Checked): Promise<Finding[]> {
  const findings = await checkDatabase(checked);
  // In a file that is itself damaged, what the other checks would read is not to be trusted.
  if (findings.some(({ check }) => check === 'file')) return findings;
  return [
    ...findings,
    ...(await checkLives(checked)),
    ...(await checkMetrics(checked)),
    ...(await checkBlobs(checked)),
  ];
}

/** Repairs what can be, until a look finds nothing more to repair: one repair may bring another to light. Answers what is left. */
export async function repairProject(checked: Checked, found: readonly Finding[]): Promise<Finding[]> {
  let left = found;
  for (let turn = 0; turn < 4 && left.some(({ repair }) => repair); turn++) {
    for (const { repair } of left) await repair?.();
    left = await checkProject(checked);
  }
  return [...left];
}
