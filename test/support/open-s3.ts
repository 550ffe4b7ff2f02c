import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from '@20minutes/s3rver';
import type { S3Settings } from '@tidemark/api/s3-settings';

export interface OpenS3 {
  readonly settings: S3Settings;
  /** Files of objects and parts that are no blobs. */
  leftovers(): Promise<number>;
  close(): Promise<void>;
}

/** What s3rver's store does with a body, as far as it is corrected here. */
interface Store {
  putContent(path: string, content: unknown): Promise<unknown>;
}

/** A local S3 server that checks signatures. */
export async function openS3Server(): Promise<OpenS3> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-s3-'));
  const server = new S3rver({ port: 0, silent: true, directory: folder, configureBuckets: [{ name: 'blobs' }] });
  // It writes objects in place; S3 shows one only when it is whole, and so does this from here on.
  const store = server.store as Store;
  const write = store.putContent.bind(store);
  let count = 0;
  store.putContent = async (path, content) => {
    const temporary = `${path}.${++count}.tmp`;
    try {
      const written = await write(temporary, content);
      await rename(temporary, path);
      return written;
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  };
  const { port } = await server.run();
  return {
    settings: {
      bucket: 'blobs',
      prefix: 'pre/fix',
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      accessKeyId: 'S3RVER',
      secretAccessKey: 'S3RVER',
      sessionToken: undefined,
      direct: true,
    },
    leftovers: async () => {
      const files = await readdir(folder, { recursive: true });
      return files.filter((name) => /_incoming\/.*_object$|\.tmp$/.test(name)).length;
    },
    close: async () => {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
