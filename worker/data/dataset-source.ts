import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { datasetFiles, getDataset } from '@tidemark/api/contract/datasets';
import { ApiError, type Client, type RetryOptions, withRetry } from '@tidemark/client';
import { TrainingError } from '../training-error.ts';
import { downloadBlob } from './download-blob.ts';
import type { Source, SourceFile } from './source.ts';

interface FetchOptions {
  client: Client;
  /** Where blobs are kept by digest. */
  cache: string;
  retry: RetryOptions;
  /** Told after each file: how many of how many are here. */
  progress(done: number, total: number): void;
}

const FETCHES_AT_ONCE = 8;

/**
 * A registered dataset, fetched once and kept by digest: a second run, or a second version with the same files, fetches nothing.
 * @param ref `name` (its newest version) or `name@3`.
 * @throws TrainingError when the server has no such dataset.
 */
export async function datasetSource(ref: string, options: FetchOptions): Promise<Source> {
  const { client, cache, retry, progress } = options;
  const dataset = await withRetry(() => client.call(getDataset, { params: { ref } }), retry).catch((error: unknown) => {
    if (error instanceof ApiError && error.code === 'not_found') {
      throw new TrainingError('data_missing', `The project has no dataset \`${ref}\`: ${error.message}`);
    }
    throw error;
  });
  const version = `${dataset.name}@${dataset.version}`;
  const listed: { path: string; digest: string }[] = [];
  let cursor: string | undefined;
  do {
    const page = await withRetry(
      () => client.call(datasetFiles, { params: { ref: version }, query: cursor ? { cursor } : {} }),
      retry,
    );
    listed.push(...page.files);
    cursor = page.next ?? undefined;
  } while (cursor);

  const missing = [...new Set(listed.map(({ digest }) => digest))].filter(
    (digest) => !existsSync(blobFile(cache, digest)),
  );
  let [next, done] = [0, 0];
  async function fetchSome(): Promise<void> {
    while (next < missing.length) {
      const digest = missing[next++]!;
      await fetchBlob(digest, options);
      progress(++done, missing.length);
    }
  }
  await Promise.all(Array.from({ length: FETCHES_AT_ONCE }, fetchSome));

  const files = listed.map(({ path, digest }) => ({ path, file: blobFile(cache, digest) }));
  const under = (folder: string): SourceFile[] => {
    const prefix = folder === '' || folder === '.' ? '' : `${folder.replace(/\/+$/, '')}/`;
    const found = files
      .filter(({ path }) => path.startsWith(prefix))
      .map(({ path, file }) => ({ path: path.slice(prefix.length), file }));
    if (found.length === 0) {
      const top = [...new Set(files.map(({ path }) => path.split('/')[0]!))];
      const has = `${top.slice(0, 8).join(', ')}${top.length > 8 ? ', …' : ''}`;
      throw new TrainingError(
        'data_missing',
        `There is no folder \`${folder}\` in the dataset ${version}, which has ${has}. The dataset itself is \`.\`, as in \`data.train: .\``,
      );
    }
    return found;
  };
  return {
    files: async (folder) => under(folder),
    folders: async (folder) => [
      ...new Set(
        under(folder)
          .filter(({ path }) => path.includes('/'))
          .map(({ path }) => path.slice(0, path.indexOf('/'))),
      ),
    ],
    describe: (folder) => `${folder} in the dataset ${version}`,
  };
}

const blobFile = (cache: string, digest: string): string => join(cache, 'blobs', digest.slice(0, 2), digest.slice(2));

async function fetchBlob(digest: string, { client, cache, retry }: FetchOptions): Promise<void> {
  const bytes = await downloadBlob(client, digest, retry);
  if (createHash('sha256').update(bytes).digest('hex') !== digest) {
    throw new TrainingError('data_corrupt', `The server sent other bytes than those of ${digest.slice(0, 12)}….`);
  }
  const file = blobFile(cache, digest);
  mkdirSync(dirname(file), { recursive: true });
  const next = `${file}.${process.pid}.next`;
  writeFileSync(next, bytes);
  renameSync(next, file);
}
