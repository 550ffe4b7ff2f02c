import type { Exit } from './trainer-process.ts';

/** What is known of a process that died. */
export interface Death {
  exit: Exit;
  /** The end of what it wrote to standard error. */
  errorOutput: string;
  /** Whether this worker killed it. */
  killed: boolean;
  /** The kernel's count of processes ended for want of memory, before and after; null where it keeps none. */
  oomKills: { before: number | null; after: number | null };
  /** Most bytes that it held; null where the system does not say. */
  peak: number | null;
  /** Bytes that there are. */
  limit: number;
}

// How a process says it that could not catch it: the C++ library, V8, malloc.
const SAID = /std::bad_alloc|heap out of memory|Failed to allocate memory|Cannot allocate memory|out of memory/i;

/**
 * Whether a process died for want of memory, and not by a fault of the machine or by somebody's hand. A SIGKILL alone says neither: the
 * kernel's counter must have moved while the process held a good part of what there is, or, where there is no such counter, nearly all.
 */
export function ranOutOfMemory({ exit, errorOutput, killed, oomKills, peak, limit }: Death): boolean {
  if (SAID.test(errorOutput)) return true;
  if (killed || exit.signal !== 'SIGKILL' || peak === null) return false;
  const { before, after } = oomKills;
  if (before === null || after === null) return peak > 0.8 * limit;
  return after > before && peak > 0.3 * limit;
}
