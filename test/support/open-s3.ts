import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from '@20minutes/s3rver';
import { openS3Client, succeeded, tagOf, tagsOf } from '@tidemark/api/node/s3-client';
import { readS3, type S3Settings } from '@tidemark/api/s3-settings';

export interface OpenS3 {
  readonly settings: S3Settings;
  /** Files of objects and parts that are no blobs. */
  leftovers(): Promise<number>;
  /** Bytes that every part but the last has at least; undefined: any. */
  readonly smallestPart: number | undefined;
  close(): Promise<void>;
}

/** What s3rver's store does with a body, as far as it is corrected here. */
interface Store {
  putContent(path: string, content: unknown): Promise<unknown>;
}

/**
 * A local S3 server that checks signatures; or the one that `TIDEMARK_TEST_S3=s3://BUCKET` names, with the settings that `serve` takes
 * from the environment: what is stored there goes under a prefix of its own, and away at the end.
 */
export function openS3Server(): Promise<OpenS3> {
  const address = process.env.TIDEMARK_TEST_S3;
  return address ? openOther(address) : openLocal();
}

async function openOther(address: string): Promise<OpenS3> {
  const read = readS3(address, process.env);
  if (!read?.settings)
    throw new Error(`TIDEMARK_TEST_S3: ${read?.problems.join(' ') ?? `${address} is no s3://BUCKET`}`);
  const own = ['tidemark-test', randomUUID()].join('/');
  const prefix = read.settings.prefix ? `${read.settings.prefix}/${own}` : own;
  const settings = { ...read.settings, prefix };
  const client = openS3Client(settings);
  const ask = async (query: Record<string, string>): Promise<string> =>
    (await succeeded(await client.send('GET', '', { query }), 'list')).text();
  const keysOf = (xml: string, name: string): string[] => tagsOf(xml, name).map((one) => tagOf(one, 'Key') ?? '');
  return {
    settings,
    smallestPart: 5 * 2 ** 20,
    leftovers: async () => {
      const objects = keysOf(await ask({ prefix: `${prefix}/_incoming/` }), 'Contents');
      const uploads = keysOf(await ask({ uploads: '', prefix: `${prefix}/` }), 'Upload');
      return objects.length + uploads.filter((key) => key.startsWith(`${prefix}/`)).length;
    },
    close: async () => {
      for (;;) {
        const keys = keysOf(await ask({ prefix: `${prefix}/` }), 'Contents');
        if (keys.length === 0) return;
        for (const key of keys) await (await client.send('DELETE', key)).body?.cancel();
      }
    },
  };
}

async function openLocal(): Promise<OpenS3> {
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
    smallestPart: undefined,
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
