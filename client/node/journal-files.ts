import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes that a journal's uploads name, a file each beside it; in memory where the disk refuses them. */
export class JournalFiles {
  readonly #folder: string;
  readonly #memory = new Map<string, Uint8Array>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  keep(digest: string, bytes: Uint8Array): void {
    const file = join(this.#folder, digest);
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      // Under its name it is whole: a process may be killed while it writes.
      writeFileSync(`${file}.part`, bytes, { mode: 0o600 });
      renameSync(`${file}.part`, file);
    } catch {
      this.#memory.set(digest, bytes);
    }
  }

  read(digest: string): Uint8Array | null {
    try {
      return this.#memory.get(digest) ?? readFileSync(join(this.#folder, digest));
    } catch {
      return null;
    }
  }

  remove(): void {
    this.#memory.clear();
    try {
      rmSync(this.#folder, { recursive: true, force: true });
    } catch {
      // What stays is found by nobody, and harms nobody.
    }
  }
}
