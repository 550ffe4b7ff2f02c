import { setTimeout as delay } from 'node:timers/promises';

/** Polls until `probe` answers something truthy; fails with what it was waiting for when `seconds` have passed. */
export async function until<T>(what: string, probe: () => T | Promise<T>, seconds = 30): Promise<NonNullable<T>> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`waited ${seconds} s for ${what}`);
    await delay(20);
  }
}
