import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { bornAt, isAlive } from './process.ts';

/**
 * Makes a file that says who is at work; null while another process is. One that a dead process of this machine left is taken
 * over. It spares work that two would do twice: what they send is numbered, so nothing depends on it.
 */
export function takeLock(path: string): (() => void) | null {
  for (let tries = 0; tries < 2; tries++) {
    try {
      const file = openSync(path, 'wx', 0o600);
      writeSync(file, JSON.stringify({ pid: process.pid, born: bornAt(process.pid), host: hostname() }));
      closeSync(file);
      return () => release(path);
    } catch {
      if (held(path)) return null;
      release(path);
    }
  }
  return null;
}

function held(path: string): boolean {
  try {
    const { pid, born, host } = JSON.parse(readFileSync(path, 'utf8')) as {
      pid: number;
      born: string | null;
      host: string;
    };
    return host !== hostname() || isAlive(pid, born);
  } catch {
    // Torn, or just gone.
    return false;
  }
}

function release(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already.
  }
}
