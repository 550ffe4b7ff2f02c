import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '../call.ts';
import { findSettings } from './settings.ts';
import { syncSpool } from './sync.ts';

/** Sends one journal, trying for about a minute; what is left then waits for the next `init` or `tidemark sync`. */
export async function deliver(path: string): Promise<void> {
  const settings = findSettings();
  if (!settings) return;
  const client = createClient({ ...settings });
  for (let attempt = 0; attempt < 8; attempt++) {
    const [result] = await syncSpool({ folder: dirname(path), client, rng: Math.random, only: path });
    if (result?.state !== 'away') return;
    await delay(500 * 2 ** attempt);
  }
}
