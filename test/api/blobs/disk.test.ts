import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDisk } from '@tidemark/api/node/disk';
import { blobConformance } from '../../support/blob-conformance.ts';

blobConformance(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-disk-'));
  const leftovers = async (): Promise<number> => {
    const files = await readdir(join(folder, 'mine'), { recursive: true, withFileTypes: true });
    return files.filter((entry) => entry.isFile() && !/^[0-9a-f]{64}$/.test(entry.name)).length;
  };
  return {
    store: openDisk(join(folder, 'mine')),
    other: openDisk(join(folder, 'other')),
    leftovers,
    close: () => rm(folder, { recursive: true, force: true }),
  };
});
