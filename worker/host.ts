import type { WorkerHost } from '@tidemark/api/contract/workers';
import { captureHost } from '@tidemark/client/node/capture/host';
import type * as z from 'zod';

/** What this machine is, as a worker says it in its hello. */
export async function hostInfo(version: string): Promise<z.output<typeof WorkerHost>> {
  const { hostname, os, cpu, memory, gpus } = await captureHost();
  return { hostname, os, cpu: cpu.model, cores: cpu.cores, memory, gpus, node: process.version, version };
}
