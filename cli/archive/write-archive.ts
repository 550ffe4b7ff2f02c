import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { exportManifest, exportPage } from '@tidemark/api/contract/archive';
import { getBlob } from '@tidemark/api/contract/artifacts';
import type { Client } from '@tidemark/client';
import { Failure } from '../failure.ts';
import { patiently } from './patiently.ts';
import { entriesOf, padding, TAR_END, tarHeader } from './tar.ts';

export interface What {
  readonly scope: 'run' | 'experiment' | 'project';
  readonly runs?: readonly string[];
  readonly experiment?: number;
}

export interface Written {
  readonly rows: number;
  readonly blobs: number;
  readonly bytes: number;
}

type Tell = (text: string) => void;
interface Tail {
  next: string | null;
  blobs: { digest: string; size: number }[];
}

/**
 * Writes an archive to a file. It grows as `FILE.part` and gets its name when it is whole; cut off anywhere, the same call goes on behind
 * the last whole entry. Memory is a page, and the names of the blobs.
 */
export async function writeArchive(client: Client, what: What, path: string, tell: Tell): Promise<Written> {
  if (existsSync(path)) throw new Failure(`${path} is there already.`, { hint: 'Delete it, or give another -o FILE.' });
  const part = `${path}.part`;
  const file = await open(part, existsSync(part) ? 'r+' : 'w+', 0o600);
  try {
    const writer = await ArchiveWriter.resume(file, client, what, tell);
    await writer.pages();
    await writer.blobs();
    const written = await writer.end();
    await file.sync();
    await file.close();
    await rename(part, path);
    return written;
  } finally {
    await file.close().catch(() => {});
  }
}

class ArchiveWriter {
  readonly #file: FileHandle;
  readonly #client: Client;
  readonly #what: What;
  readonly #tell: Tell;
  #at = 0;
  #cursor: string | null | undefined;
  #rows = 0;
  #seconds = 0;
  readonly #pages: { name: string; size: number; sha256: string }[] = [];
  readonly #blobs = new Map<string, number>();
  readonly #done = new Set<string>();

  private constructor(file: FileHandle, client: Client, what: What, tell: Tell) {
    this.#file = file;
    this.#client = client;
    this.#what = what;
    this.#tell = tell;
  }

  static async resume(file: FileHandle, client: Client, what: What, tell: Tell): Promise<ArchiveWriter> {
    const writer = new ArchiveWriter(file, client, what, tell);
    let begun = false;
    for await (const { name, size, start, end } of entriesOf(file)) {
      if (name === 'tidemark.json') {
        const head = JSON.parse((await read(file, start, size)).toString('utf8')) as { of: unknown; createdAt: number };
        if (JSON.stringify(head.of) !== JSON.stringify({ ...what, project: client.project })) {
          throw new Failure('The .part file beside it is of another export.', {
            hint: 'Delete it, or give another -o FILE.',
          });
        }
        writer.#seconds = head.createdAt / 1000;
        begun = true;
      } else if (name.startsWith('pages/')) writer.#count(name, await read(file, start, size));
      else if (name.startsWith('blobs/')) {
        // A blob may have been cut where the disk had it only in part: its digest tells.
        if ((await digestOf(file, start, size)) !== name.slice(6)) break;
        writer.#done.add(name.slice(6));
      } else break;
      writer.#at = end;
    }
    await file.truncate(writer.#at);
    if (begun) tell(`going on after ${writer.#pages.length} pages and ${writer.#done.size} blobs`);
    else await writer.#begin();
    return writer;
  }

  async #begin(): Promise<void> {
    const query = { scope: this.#what.scope };
    const manifest = await patiently(() => this.#client.call(exportManifest, { query }));
    this.#seconds = manifest.createdAt / 1000;
    const head = { ...manifest, of: { ...this.#what, project: this.#client.project } };
    await this.#entry('tidemark.json', Buffer.from(`${JSON.stringify(head, null, 2)}\n`));
  }

  async pages(): Promise<void> {
    while (this.#cursor !== null) {
      const { runs, experiment } = this.#what;
      const query = {
        ...(runs ? { runs: runs.join(',') } : {}),
        ...(experiment === undefined ? {} : { experiment }),
        ...(this.#cursor === undefined ? {} : { cursor: this.#cursor }),
      };
      const bytes = await patiently(async () => {
        const response = await this.#client.call(exportPage, { query });
        return Buffer.from(await response.arrayBuffer());
      });
      const name = `pages/${String(this.#pages.length + 1).padStart(7, '0')}.ndjson`;
      await this.#entry(name, bytes);
      this.#count(name, bytes);
      this.#tell(`${this.#rows} rows`);
    }
  }

  #count(name: string, bytes: Buffer): void {
    const lines = bytes.toString('utf8').trimEnd().split('\n');
    const { next, blobs } = JSON.parse(lines.at(-1)!) as Tail; // an export's own last line
    this.#cursor = next;
    this.#rows += lines.length - 1;
    for (const { digest, size } of blobs) this.#blobs.set(digest, size);
    this.#pages.push({ name, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
  }

  async blobs(): Promise<void> {
    let count = this.#done.size;
    for (const [digest, size] of this.#blobs) {
      if (this.#done.has(digest)) continue;
      await patiently(() => this.#blob(digest, size));
      this.#tell(`${++count} of ${this.#blobs.size} blobs`);
    }
  }

  async #blob(digest: string, size: number): Promise<void> {
    const response = await this.#client.call(getBlob, { params: { digest } });
    const hash = createHash('sha256');
    let at = this.#at;
    const write = async (bytes: Uint8Array) => {
      await this.#file.write(bytes, 0, bytes.length, at);
      at += bytes.length;
    };
    await write(tarHeader(`blobs/${digest}`, size, this.#seconds));
    for await (const chunk of response.body ?? []) {
      hash.update(chunk);
      await write(chunk);
    }
    const got = at - this.#at - 512;
    if (got !== size || hash.digest('hex') !== digest) {
      throw new Failure(`Blob ${digest} came with ${got} of ${size} bytes, or with others.`, {
        hint: 'Run the export again. If it stays so, `tidemark doctor --check` on the server tells more.',
      });
    }
    await write(padding(size));
    this.#at = at;
  }

  async end(): Promise<Written> {
    const end = { rows: this.#rows, pages: this.#pages, blobs: this.#blobs.size };
    await this.#entry('end.json', Buffer.from(`${JSON.stringify(end)}\n`));
    await this.#file.write(TAR_END, 0, TAR_END.length, this.#at);
    return { rows: this.#rows, blobs: this.#blobs.size, bytes: this.#at + TAR_END.length };
  }

  async #entry(name: string, bytes: Buffer): Promise<void> {
    const whole = Buffer.concat([tarHeader(name, bytes.length, this.#seconds), bytes, padding(bytes.length)]);
    await this.#file.write(whole, 0, whole.length, this.#at);
    this.#at += whole.length;
  }
}

async function read(file: FileHandle, start: number, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  await file.read(bytes, 0, size, start);
  return bytes;
}

async function digestOf(file: FileHandle, start: number, size: number): Promise<string> {
  const hash = createHash('sha256');
  const piece = Buffer.alloc(1 << 18);
  for (let done = 0; done < size; ) {
    const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, size - done), start + done);
    if (bytesRead === 0) break;
    hash.update(piece.subarray(0, bytesRead));
    done += bytesRead;
  }
  return hash.digest('hex');
}

export { digestOf, read as readBytes };
