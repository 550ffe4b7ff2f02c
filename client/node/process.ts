import { readFileSync } from 'node:fs';

/** When a process began, in the kernel's own ticks; null where the system does not say (it is known on Linux only). */
export function bornAt(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/** Whether a process of this machine is still the one that was meant: a number is used again, after a restart above all. */
export function isAlive(pid: number, born: string | null): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const now = bornAt(pid);
  return born === null || now === null || now === born;
}
