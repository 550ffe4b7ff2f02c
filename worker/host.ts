import { execFile } from 'node:child_process';
import { arch, availableParallelism, cpus, hostname, platform, release, totalmem } from 'node:os';
import type { WorkerHost } from '@tidemark/api/contract/workers';
import type * as z from 'zod';

/** What this machine is, as a worker says it in its hello. */
export async function hostInfo(version: string): Promise<z.output<typeof WorkerHost>> {
  return {
    hostname: hostname().slice(0, 200),
    os: `${platform()} ${release()} ${arch()}`.slice(0, 200),
    cpu: (cpus()[0]?.model.trim() || 'unknown').slice(0, 200),
    cores: availableParallelism(),
    memory: totalmem(),
    gpus: (await gpuNames()).slice(0, 64),
    node: process.version,
    version,
  };
}

/** NVIDIA's tool says which GPUs there are; without it none are known. */
function gpuNames(): Promise<string[]> {
  return new Promise((resolve) => {
    execFile('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader'], { timeout: 5000 }, (error, stdout) => {
      const names = error ? [] : stdout.split('\n').map((name) => name.trim().slice(0, 200));
      resolve(names.filter((name) => name !== ''));
    });
  });
}
