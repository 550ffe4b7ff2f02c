import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ModelFile, modelRoutes } from '@tidemark/api/contract/models';
import type { Client } from '@tidemark/client';
import { type Connection, connect } from '../context.ts';
import { Failure } from '../failure.ts';
import { modelRef } from '../models/ref.ts';
import { bytes } from '../terminal/format.ts';

interface Options extends Connection {
  output?: string;
}

/** Every file of a version, each checked against its digest; an alias is looked up once, so that all are of one version. */
export async function modelDownload(text: string, options: Options): Promise<void> {
  const client = connect(options);
  const { name, version: ref } = modelRef(text);
  const { version } = await client.call(modelRoutes.getModelVersion, { params: { name, version: ref } });
  const params = { name, version: String(version) };
  const folder = options.output ?? `${name.replaceAll(/[^\w.-]+/g, '-')}-${version}`;
  const files: ModelFile[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const query = { limit: 1000, ...(cursor ? { cursor } : {}) };
    const page: { files: ModelFile[]; next: string | null } = await client.call(modelRoutes.modelFiles, {
      params,
      query,
    });
    files.push(...page.files);
    cursor = page.next;
  }
  if (files.length === 0) await client.call(modelRoutes.downloadModel, { params });
  for (const file of files) await save(client, params, file, join(folder, file.path));
  const size = files.reduce((sum, file) => sum + file.size, 0);
  if (options.json) console.log(JSON.stringify({ model: name, version, folder, files }));
  else
    console.log(
      `${name}, version ${version}: ${files.length} file${files.length === 1 ? '' : 's'}, ${bytes(size)}, in ${folder}`,
    );
}

async function save(
  client: Client,
  params: { name: string; version: string },
  { path, digest }: ModelFile,
  target: string,
): Promise<void> {
  const response = await client.call(modelRoutes.downloadModel, { params, query: { path } });
  const hash = createHash('sha256');
  const seen = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await mkdir(dirname(target), { recursive: true });
  const part = `${target}.part`;
  // Node's own type of a web stream, and the platform's.
  const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
  await pipeline(body, seen, createWriteStream(part));
  if (hash.digest('hex') !== digest) {
    await rm(part, { force: true });
    throw new Failure(`${path} did not come as it is stored.`, { hint: 'Try again.' });
  }
  await rename(part, target);
}
