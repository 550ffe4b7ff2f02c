import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Device } from './device.ts';

export interface Probe {
  answered: boolean;
  /** Why not. */
  reason: string;
  /** What it wrote to standard error: the Vulkan loader names the adapters there. */
  log: string;
}

const SECONDS = 60;

/** Tries a provider in a process of its own. */
export function runProbe(kind: Device['kind'], env: NodeJS.ProcessEnv): Promise<Probe> {
  const script = fileURLToPath(new URL('./probe.js', import.meta.url));
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, kind], {
      env: { ...env, VK_LOADER_DEBUG: 'info' },
      timeout: SECONDS * 1000,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    let log = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4000);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(0, 100_000);
    });
    child.on('error', (error) => resolve({ answered: false, reason: error.message, log }));
    child.on('close', (code, signal) => {
      const last = said.trim().split('\n').at(-1)!;
      const reason = last || (signal ? `the attempt ended by signal ${signal}` : 'no answer');
      resolve({ answered: code === 0, reason, log });
    });
  });
}
