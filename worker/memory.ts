import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { smallerBatch } from '@tidemark/training/smaller-batch';
import type { Death } from './ran-out-of-memory.ts';
import type { Exit, TrainerProcess } from './trainer-process.ts';

const read = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null; // another system, or not allowed
  }
};

/** How often the kernel has ended a process for want of memory, on this machine or in this container; null where it does not say. */
export function oomKills(): number | null {
  const sources = ['/sys/fs/cgroup/memory.events', '/sys/fs/cgroup/memory/memory.oom_control', '/proc/vmstat'];
  const counts = sources.map((file) => /^oom_kill (\d+)$/m.exec(read(file) ?? '')?.[1]);
  const known = counts.filter((count) => count !== undefined).map(Number);
  return known.length === 0 ? null : known.reduce((sum, count) => sum + count, 0);
}

/** Bytes that processes here may take: the machine's, or fewer in a container. */
function memoryLimit(): number {
  const container = process.constrainedMemory?.() ?? 0;
  return container > 0 && container < totalmem() ? container : totalmem();
}

/** Most bytes that a process has held in memory so far; null where the system does not say, or there is no such process. */
export function peakMemory(pid: number): number | null {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return kib === undefined ? null : Number(kib) * 1024;
}

/** All that this machine tells about a trainer's death. */
export function deathOf({ errorOutput, killed, peak, oomKillsBefore }: TrainerProcess, exit: Exit): Death {
  const kills = { before: oomKillsBefore, after: oomKills() };
  return { exit, errorOutput, killed, oomKills: kills, peak, limit: memoryLimit() };
}

/** @param peak bytes that the process held at most, where known @param config the run's document */
export function outOfMemoryText(peak: number | null, config: unknown): string {
  const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(1);
  const held = peak === null ? '' : ` It held ${gib(peak)} of ${gib(memoryLimit())} GiB.`;
  return `The training process ran out of memory.${held} ${smallerBatch(config)}`;
}
