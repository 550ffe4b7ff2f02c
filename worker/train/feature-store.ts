import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from './checkpoints.ts';

const DAYS = 30;

/** Features on this machine's disk, each file under the digest of all that they are a function of. Old ones are removed. */
export class FeatureStore {
  readonly #folder: string;
  readonly #now: () => number;

  /** @param now wall clock, ms */
  constructor(folder: string, now: () => number) {
    this.#folder = folder;
    this.#now = now;
  }

  /** Null where there are none of this key, or the file is not what was written. */
  read(key: string, count: number): Float32Array | null {
    const file = this.#file(key);
    if (!existsSync(file)) return null;
    const bytes = readFileSync(file);
    const body = bytes.subarray(0, -32);
    const sum = createHash('sha256').update(body).digest();
    if (body.length !== count * 4 || !sum.equals(bytes.subarray(-32))) return null;
    const at = this.#now() / 1000;
    utimesSync(file, at, at);
    const out = new Float32Array(count);
    new Uint8Array(out.buffer).set(body);
    return out;
  }

  write(key: string, features: Float32Array): void {
    mkdirSync(this.#folder, { recursive: true });
    const body = new Uint8Array(features.buffer, features.byteOffset, features.byteLength);
    writeDurably(this.#file(key), Buffer.concat([body, createHash('sha256').update(body).digest()]));
    for (const name of readdirSync(this.#folder)) {
      const file = join(this.#folder, name);
      if (this.#now() - statSync(file).mtimeMs > DAYS * 86_400_000) rmSync(file, { force: true });
    }
  }

  #file(key: string): string {
    return join(this.#folder, `${key}.features`);
  }
}
