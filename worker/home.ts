import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** A worker's own folder: who it is, and what it still owes. */
export interface Home {
  folder: string;
  id: string;
  /** Lets another process have it. */
  leave(): void;
}

const MOST_WORKERS = 64;

/**
 * The first of `worker`, `worker-2`, … under the data folder that no living process holds. So a worker that is started again finds
 * its own folder, and a second one on the same machine gets another.
 */
export function openHome(dataDir: string): Home {
  for (let n = 1; n <= MOST_WORKERS; n++) {
    const folder = join(dataDir, n === 1 ? 'worker' : `worker-${n}`);
    mkdirSync(join(folder, 'attempts'), { recursive: true });
    const lock = join(folder, 'lock');
    if (take(lock)) return { folder, id: idOf(folder), leave: () => rmSync(lock, { force: true }) };
  }
  throw new Error(`${MOST_WORKERS} workers run already with the data folder ${dataDir}.`);
}

function take(lock: string): boolean {
  for (;;) {
    try {
      const handle = openSync(lock, 'wx');
      writeSync(handle, `${process.pid} ${bornAt(process.pid)}\n`);
      closeSync(handle);
      return true;
    } catch {
      if (!existsSync(lock)) continue;
      const [pid, born] = readFileSync(lock, 'utf8').trim().split(' ');
      if (alive(Number(pid)) && born === bornAt(Number(pid))) return false;
      rmSync(lock, { force: true });
    }
  }
}

function alive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A process number is used again after a restart; together with its start time it is not. Known on Linux only. */
function bornAt(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-';
  } catch {
    return '-';
  }
}

function idOf(folder: string): string {
  const file = join(folder, 'id');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const host =
    hostname()
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 40) || 'worker';
  const id = `${host}-${randomUUID().slice(0, 8)}`;
  writeFileSync(`${file}.next`, `${id}\n`);
  renameSync(`${file}.next`, file);
  return id;
}
