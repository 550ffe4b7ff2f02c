import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { cpus, freemem, totalmem } from 'node:os';
import { gpuReader } from './gpus.ts';
import { diskBytes, memoryAvailable, networkBytes, processState } from './proc.ts';
import type { SystemSources } from './sources.ts';

const read = (path: string): string => readFileSync(path, 'utf8');

/**
 * This machine, at as little cost as it can be asked: on Linux its files under /proc and /sys; no program is started but NVIDIA's tool where
 * there is one. On macOS disks and network are asked by `systeminformation`; on Windows they are not.
 * @param folder of the file system to watch @param pid of the process that trains; without, this one
 */
export function machineSources(folder: string, pid: () => number | undefined = () => process.pid): SystemSources {
  const linux = process.platform === 'linux';
  return {
    cpu: () => {
      let [busy, total] = [0, 0];
      for (const { times } of cpus()) {
        const all = times.user + times.nice + times.sys + times.idle + times.irq;
        total += all;
        busy += all - times.idle;
      }
      return total > 0 ? { busy, total } : null;
    },
    memory: () => {
      const container = process.constrainedMemory?.() ?? 0;
      if (container > 0 && container < totalmem()) {
        return { total: container, used: container - process.availableMemory() };
      }
      const available = linux ? memoryAvailable(read('/proc/meminfo')) : null;
      return { total: totalmem(), used: totalmem() - (available ?? freemem()) };
    },
    process: () => {
      const id = pid();
      if (id === process.pid) {
        const { user, system } = process.cpuUsage();
        return { cpuSeconds: (user + system) / 1e6, memory: process.memoryUsage.rss() };
      }
      return id === undefined || !linux ? null : processState(read(`/proc/${id}/stat`));
    },
    disk: async () => {
      const { blocks, bfree, bsize } = await statfs(folder);
      return { total: blocks * bsize, used: (blocks - bfree) * bsize };
    },
    diskTraffic: async () => {
      if (linux) return diskBytes(read('/proc/diskstats'));
      if (process.platform !== 'darwin') return null;
      const { rx, wx } = await (await import('systeminformation')).fsStats();
      return { read: rx, written: wx };
    },
    network: async () => {
      if (linux) return networkBytes(read('/proc/net/dev'));
      if (process.platform !== 'darwin') return null;
      const all = await (await import('systeminformation')).networkStats('*');
      const sum = (name: 'rx_bytes' | 'tx_bytes') => all.reduce((total, one) => total + one[name], 0);
      return { received: sum('rx_bytes'), sent: sum('tx_bytes') };
    },
    gpus: gpuReader(),
  };
}
