// What Linux writes under /proc, by proc(5) and Documentation/admin-guide/iostats.rst.

/** Bytes that programs can have without swapping. @param text of /proc/meminfo */
export function memoryAvailable(text: string): number | null {
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1];
  return kib === undefined ? null : Number(kib) * 1024;
}

/** A sector of /proc/diskstats has 512 bytes, whatever the disk's own have. */
const SECTOR = 512;
/** Whole disks: partitions, loops, memory, and what is made of other disks (md, dm) would count twice. */
const DISK = /^(sd[a-z]+|hd[a-z]+|vd[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+)$/;

/** @param text of /proc/diskstats */
export function diskBytes(text: string): { read: number; written: number } | null {
  let [read, written, disks] = [0, 0, 0];
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (fields.length < 10 || !DISK.test(fields[2]!)) continue;
    read += Number(fields[5]) * SECTOR;
    written += Number(fields[9]) * SECTOR;
    disks++;
  }
  return disks === 0 ? null : { read, written };
}

/** Interfaces within the machine: what goes through them also goes through a real one, or never leaves. */
const INNER = /^(lo|veth|docker|br-|virbr|cni|flannel|cali|tun|tap|dummy|bond\d+\.)/;

/** @param text of /proc/net/dev */
export function networkBytes(text: string): { received: number; sent: number } | null {
  let [received, sent, links] = [0, 0, 0];
  for (const line of text.split('\n')) {
    const match = /^\s*([^\s:]+):\s*(.*)$/.exec(line);
    if (!match || INNER.test(match[1]!)) continue;
    const fields = match[2]!.trim().split(/\s+/);
    if (fields.length < 9) continue;
    received += Number(fields[0]);
    sent += Number(fields[8]);
    links++;
  }
  return links === 0 ? null : { received, sent };
}

/** The kernel counts processor time in hundredths of a second for user space (USER_HZ), and memory in pages. */
const TICKS = 100;
const PAGE = 4096;

/** @param text of /proc/PID/stat */
export function processState(text: string): { cpuSeconds: number; memory: number } | null {
  // The name in parentheses may hold anything; what follows is fields from the third on.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user, system, pages] = [fields[11], fields[12], fields[21]].map(Number);
  if (user === undefined || system === undefined || pages === undefined || Number.isNaN(user + system + pages))
    return null;
  return { cpuSeconds: (user + system) / TICKS, memory: pages * PAGE };
}
