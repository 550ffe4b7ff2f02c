import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';

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
export function memoryLimit(): number {
  const container = process.constrainedMemory?.() ?? 0;
  return container > 0 && container < totalmem() ? container : totalmem();
}

/** Most bytes that a process has held in memory so far; null where the system does not say, or there is no such process. */
export function peakMemory(pid: number): number | null {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return kib === undefined ? null : Number(kib) * 1024;
}
