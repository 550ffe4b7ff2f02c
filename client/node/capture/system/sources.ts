/** What a machine says of itself at one moment. What it does not say is null; counters only ever grow. */
export interface SystemSources {
  /** Of all cores together: time busy and time in all, in any one unit. */
  cpu(): { busy: number; total: number } | null;
  /** Bytes. */
  memory(): { used: number; total: number } | null;
  /** Of the process that trains: seconds of processor time, and bytes of memory. */
  process(): { cpuSeconds: number; memory: number } | null;
  /** Of the file system that holds the run's files, in bytes. */
  disk(): Promise<{ used: number; total: number } | null>;
  /** Bytes of all disks. */
  diskTraffic(): Promise<{ read: number; written: number } | null>;
  /** Bytes of all interfaces that lead out of the machine. */
  network(): Promise<{ received: number; sent: number } | null>;
  /** Those that say something, by their index. */
  gpus(): Promise<readonly GpuState[]>;
}

export interface GpuState {
  readonly index: number;
  /** Per cent of time that something ran. */
  readonly utilization: number | null;
  /** Bytes. */
  readonly memoryUsed: number | null;
  readonly memoryTotal: number | null;
  /** °C. */
  readonly temperature: number | null;
  /** Watts. */
  readonly power: number | null;
}
