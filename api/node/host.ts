import { readdir, statfs } from 'node:fs/promises';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Host } from '../contract/status.ts';
import type { Family } from '../observe/prometheus.ts';

export interface Machine {
  read(): Promise<Host>;
  /** The process by Prometheus's usual names. */
  families(): Promise<Family[]>;
  close(): void;
}

/** Twice a second: an idle server is to stay idle. */
const EVERY_MS = 500;

/** What a server on Node stands on. */
export function watchMachine(dataDir: string, projectsOpen: () => number): Machine {
  const delay = monitorEventLoopDelay({ resolution: EVERY_MS });
  delay.enable();
  return {
    async read() {
      const disk = await statfs(dataDir);
      return {
        uptimeSeconds: Math.round(process.uptime()),
        memoryBytes: process.memoryUsage.rss(),
        diskFreeBytes: disk.bavail * disk.bsize,
        diskBytes: disk.blocks * disk.bsize,
        eventLoopMs: lag(delay),
        projectsOpen: projectsOpen(),
        node: process.versions.node,
      };
    },
    families: async () => processFamilies(await statfs(dataDir), delay, projectsOpen()),
    close: () => delay.disable(),
  };
}

/** The worst of a hundred, without the pause that the measurement itself takes. */
const lag = (delay: IntervalHistogram): number => {
  const ms = delay.percentile(99) / 1e6 - EVERY_MS;
  return Number.isFinite(ms) ? Math.max(0, Math.round(ms * 100) / 100) : 0;
};

async function processFamilies(
  disk: { bavail: number; bsize: number; blocks: number },
  delay: IntervalHistogram,
  projects: number,
): Promise<Family[]> {
  const { user, system } = process.cpuUsage();
  const memory = process.memoryUsage();
  const files = await readdir('/proc/self/fd').catch(() => null);
  const gauge = (name: string, help: string, value: number): Family => ({
    name,
    help,
    type: 'gauge',
    samples: [{ value }],
  });
  return [
    {
      name: 'process_cpu_seconds_total',
      help: 'Processor time spent, user and system.',
      type: 'counter',
      samples: [{ value: (user + system) / 1e6 }],
    },
    gauge(
      'process_start_time_seconds',
      'When the process started, since 1970.',
      Math.round(Date.now() / 1000 - process.uptime()),
    ),
    gauge('process_resident_memory_bytes', 'Resident memory.', memory.rss),
    gauge('nodejs_heap_size_used_bytes', 'Heap in use.', memory.heapUsed),
    gauge('nodejs_eventloop_lag_p99_seconds', 'How late timers are, at worst of a hundred.', lag(delay) / 1000),
    ...(files ? [gauge('process_open_fds', 'Open file descriptors.', files.length)] : []),
    gauge('tidemark_disk_free_bytes', 'Free on the disk of the data folder.', disk.bavail * disk.bsize),
    gauge('tidemark_disk_bytes', 'Size of that disk.', disk.blocks * disk.bsize),
    gauge('tidemark_projects_open', 'Projects whose database is open.', projects),
  ];
}
