import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobStore } from '../blobs/store.ts';
import type { ServerConfig } from '../config.ts';
import { openDisk } from './disk.ts';
import { openS3 } from './s3.ts';

type Place = Pick<ServerConfig, 'artifacts' | 's3'>;

/** Where the settings want a project's blobs. */
export const openBlobs = ({ artifacts, s3 }: Place, slug: string): BlobStore =>
  s3 ? openS3(s3, slug) : openDisk(join(artifacts, slug));

/** Deletes all of a project's blobs. */
export async function clearBlobs(place: Place, slug: string): Promise<void> {
  if (!place.s3) return rm(join(place.artifacts, slug), { recursive: true, force: true });
  const store = openBlobs(place, slug);
  for (;;) {
    const { blobs } = await store.list(null, 1000);
    if (blobs.length === 0) return;
    await store.delete(blobs.map(({ digest }) => digest));
  }
}
