import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Artifact, getBlob } from '@tidemark/api/contract/artifacts';
import type { Client } from '../../call.ts';
import { ApiError, NetworkError } from '../../errors.ts';
import { retryClass } from '../../retry.ts';
import { digestFile } from './digest-file.ts';
import { persist, type TransferOptions } from './transfer.ts';

export interface FileDownload extends TransferOptions {
  readonly artifact: Pick<Artifact, 'digest' | 'size'>;
  /** Appears when it is whole and its digest is right; until then there is `FILE.….part` beside it, which a next try goes on with. */
  readonly file: string;
}

/**
 * Fetches an artifact's bytes, straight from the store where it lets them. A file that is there already is left as it is.
 * @returns bytes that were fetched
 * @throws what `Client.call` throws when its tries are used up; Error when the bytes are not those of the digest
 */
export async function downloadFile(client: Client, given: FileDownload): Promise<number> {
  const { artifact, file, onBytes } = given;
  const there = await stat(file).catch(() => null);
  if (there?.isFile() && there.size === artifact.size && (await digestFile(file)).digest === artifact.digest) {
    onBytes?.(artifact.size);
    return 0;
  }
  if (there?.isDirectory()) throw new Error(`${file} is a folder.`);
  await mkdir(dirname(file), { recursive: true });
  const part = `${file}.${artifact.digest.slice(0, 12)}.part`;
  let fetched = 0;
  let direct = true;
  for (let fresh = false; ; fresh = true) {
    if (fresh) await rm(part, { force: true });
    let told = 0;
    const tell = (count: number) => {
      told += count;
      onBytes?.(count);
    };
    await persist(given, async () => {
      try {
        fetched += await fetchRest(client, given, part, direct, tell);
      } catch (error) {
        // The store may be out of this machine's reach: then by the server.
        if (direct && (error instanceof NetworkError || error instanceof ApiError)) {
          direct = false;
          if (retryClass(error) !== 'retry') throw new NetworkError(client.url, error.message, { cause: error });
        }
        throw error;
      }
    });
    if ((await digestFile(part)).digest === artifact.digest) break;
    onBytes?.(-told);
    if (fresh) {
      await rm(part, { force: true });
      throw new Error(`The bytes of ${file} are not those of the digest ${artifact.digest.slice(0, 12)}….`);
    }
  }
  const handle = await open(part, 'r+');
  await handle.sync();
  await handle.close();
  await rename(part, file);
  return fetched;
}

/** Appends what is missing of a partial file. */
async function fetchRest(
  client: Client,
  { artifact: { digest, size }, signal }: FileDownload,
  part: string,
  direct: boolean,
  tell: (count: number) => void,
): Promise<number> {
  let have = (await stat(part).catch(() => null))?.size ?? 0;
  const handle = await open(part, have > 0 ? 'r+' : 'w');
  let fetched = 0;
  try {
    if (have > size) {
      await handle.truncate(0);
      have = 0;
    }
    if (have > 0) tell(have);
    if (have === size) return 0;
    const headers: Record<string, string> = have > 0 ? { range: `bytes=${have}-` } : {};
    const query = direct ? { direct: true } : {};
    const response = await client.call(getBlob, { params: { digest }, query }, { headers, signal });
    if (have > 0 && response.status !== 206) {
      await handle.truncate(0);
      tell(-have);
      have = 0;
    }
    let position = have;
    try {
      for await (const chunk of response.body ?? []) {
        for (let done = 0; done < chunk.length; ) {
          done += (await handle.write(chunk, done, chunk.length - done, position + done)).bytesWritten;
        }
        position += chunk.length;
        fetched += chunk.length;
        tell(chunk.length);
      }
    } catch (error) {
      if (signal?.aborted) throw error;
      tell(-position);
      throw new NetworkError(client.url, 'the answer broke off', { cause: error });
    }
    if (position < size) {
      tell(-position);
      throw new NetworkError(client.url, 'the answer broke off');
    }
    return fetched;
  } finally {
    await handle.close();
  }
}
