import { arch, availableParallelism, cpus, hostname, release, type as systemName, totalmem } from 'node:os';
import type { Environment } from '@tidemark/api/contract/environment';
import { gpuNames } from './gpu-names.ts';

/** What this machine is. Memory in bytes: the machine's, or fewer in a container. */
export async function captureHost(): Promise<Pick<Environment, 'hostname' | 'os' | 'cpu' | 'memory' | 'gpus'>> {
  const container = process.constrainedMemory?.() ?? 0;
  return {
    hostname: hostname().slice(0, 200),
    os: `${systemName()} ${release()} ${arch()}`.slice(0, 200),
    cpu: { model: (cpus()[0]?.model.trim() || 'unknown').slice(0, 200), cores: availableParallelism() },
    memory: container > 0 && container < totalmem() ? container : totalmem(),
    gpus: await gpuNames(),
  };
}
