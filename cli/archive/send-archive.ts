import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ArchiveManifest, abortImport, commitImport, importPage, openImport } from '@tidemark/api/contract/archive';
import { ApiError, type Client } from '@tidemark/client';
import { uploadBlob } from '@tidemark/client/node/artifacts/upload-blob';
import { EXIT, Failure } from '../failure.ts';
import { patiently } from './patiently.ts';
import { type Entry, entriesOf } from './tar.ts';
import { digestOf, readBytes } from './write-archive.ts';

export interface Sent {
  readonly runs: number;
  /** What was there already under its name and stayed as it was. */
  readonly kept: readonly string[];
}

interface Archive {
  readonly manifest: ArchiveManifest;
  /** Of the whole: of its last entry, which names the digests of all others. */
  readonly digest: string;
  readonly pages: Entry[];
  readonly blobs: Entry[];
}

/**
 * Sends an archive to a server. First the whole file is read and every digest checked: one that is torn or damaged changes nothing. Cut off
 * anywhere, the same call goes on. What the server refuses is taken back.
 */
export async function sendArchive(
  client: Client,
  path: string,
  as: 'same' | 'new',
  tell: (text: string) => void,
): Promise<Sent> {
  const file = await open(path, 'r').catch(() => {
    throw new Failure(`There is no file ${path}.`, { exit: EXIT.notFound });
  });
  try {
    tell('checking the archive');
    const archive = await check(file, path);
    const note = `${path}.importing`;
    const id = as === 'same' ? archive.digest : kept(note);
    const params = { id };
    let { nextPage } = await patiently(() =>
      client.call(openImport, { params, body: { manifest: archive.manifest, as } }),
    );
    try {
      for (; nextPage <= archive.pages.length; nextPage++) {
        const { start, size } = archive.pages[nextPage - 1]!;
        const body = await readBytes(file, start, size);
        const page = nextPage;
        await patiently(() => client.call(importPage, { params: { ...params, page }, body }));
        tell(`${nextPage} of ${archive.pages.length} pages`);
      }
      await sendBlobs(client, path, archive.blobs, tell);
      const done = await patiently(() => client.call(commitImport, { params, body: { pages: archive.pages.length } }));
      rmSync(note, { force: true });
      return done;
    } catch (error) {
      // What the server does not take now it will not take later: nothing of it is left there. A server that is away is another matter.
      if (error instanceof ApiError && !error.retry) {
        await client.call(abortImport, { params }).catch(() => {});
        rmSync(note, { force: true });
      }
      throw error;
    }
  } finally {
    await file.close();
  }
}

/** An id of its own for each copy, kept beside the file so that a copy that was cut off goes on. */
function kept(note: string): string {
  if (existsSync(note)) return readFileSync(note, 'utf8').trim();
  const id = randomBytes(32).toString('hex');
  writeFileSync(note, `${id}\n`);
  return id;
}

async function sendBlobs(
  client: Client,
  path: string,
  blobs: readonly Entry[],
  tell: (text: string) => void,
): Promise<void> {
  for (const [index, { name, start, size }] of blobs.entries()) {
    const digest = name.slice('blobs/'.length);
    await uploadBlob(client, { file: path, offset: start, size, digest, perhapsThere: true, again: patiently });
    tell(`${index + 1} of ${blobs.length} blobs`);
  }
}

/** @throws Failure that names what is wrong with the file. */
async function check(file: FileHandle, path: string): Promise<Archive> {
  const torn = (what: string) =>
    new Failure(`${path} is not a whole archive: ${what}.`, { hint: 'Nothing was sent. Export it again.' });
  const pages: Entry[] = [];
  const blobs: Entry[] = [];
  const digests = new Map<string, string>();
  let manifest: ArchiveManifest | null = null;
  let end: { text: string; pages: { name: string; sha256: string }[]; blobs: number } | null = null;
  for await (const entry of entriesOf(file)) {
    const { name, start, size } = entry;
    if (name === 'tidemark.json') {
      const parsed = ArchiveManifest.safeParse(JSON.parse((await readBytes(file, start, size)).toString('utf8')));
      if (!parsed.success) throw torn(`it is of a form that this Tidemark does not read`);
      manifest = parsed.data;
    } else if (name === 'end.json') {
      const text = (await readBytes(file, start, size)).toString('utf8');
      end = { text, ...(JSON.parse(text) as { pages: { name: string; sha256: string }[]; blobs: number }) };
    } else {
      digests.set(name, await digestOf(file, start, size));
      (name.startsWith('pages/') ? pages : blobs).push(entry);
    }
  }
  if (!manifest) throw torn('it does not begin as one');
  if (!end) throw torn('its end is missing');
  if (end.pages.length !== pages.length || end.blobs !== blobs.length) throw torn('entries are missing');
  for (const { name, sha256 } of end.pages) if (digests.get(name) !== sha256) throw torn(`${name} is damaged`);
  for (const { name } of blobs) if (digests.get(name) !== name.slice('blobs/'.length)) throw torn(`${name} is damaged`);
  return {
    manifest,
    pages,
    blobs,
    digest: createHash('sha256')
      .update(JSON.stringify(manifest) + end.text)
      .digest('hex'),
  };
}
