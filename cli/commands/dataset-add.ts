import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { commitDataset, createDataset, DatasetName } from '@tidemark/api/contract/datasets';
import { digestFile } from '@tidemark/client/node/artifacts/digest-file';
import { inParallel } from '@tidemark/client/node/artifacts/in-parallel';
import { persist } from '@tidemark/client/node/artifacts/transfer';
import { uploadBlob } from '@tidemark/client/node/artifacts/upload-blob';
import { type Connection, connect } from '../context.ts';
import { EXIT, Failure } from '../failure.ts';
import { bytes, grouped } from '../terminal/format.ts';
import { progressLine } from '../terminal/screen.ts';

interface File {
  path: string;
  absolute: string;
  size: number;
  digest: string;
}

const IMAGES = /\.(jpe?g|png|webp|gif|tiff?|bmp|ppm|avif)$/i;
/** What says more about images than their folders: docs/training.md, Labels from a file. */
const LABELS = /\.csv$/i;

/** Registers a version of a dataset from a folder. What the server has already is not sent; the same again goes on where it stopped. */
export async function datasetAdd(name: string, folder: string, options: Connection): Promise<void> {
  const valid = DatasetName.safeParse(name);
  if (!valid.success) {
    throw new Failure(`${name} cannot be a dataset’s name: ${valid.error.issues[0]?.message}.`, { exit: EXIT.usage });
  }
  const client = connect(options);
  const line = progressLine();
  const { files, skipped } = await listFiles(folder);
  const images = files.filter(({ path }) => IMAGES.test(path)).length;
  if (images === 0) {
    throw new Failure(`${folder} holds no images.`, {
      hint: 'Expected class folders with images: train/cats/0.jpg, train/dogs/0.jpg, …',
    });
  }
  let hashed = 0;
  await inParallel(files, 4, async (file) => {
    ({ digest: file.digest } = await digestFile(file.absolute));
    line.show(`hashing ${grouped(++hashed)} of ${grouped(files.length)}`);
  });
  const manifest = files.map(({ path, digest, size }) => ({ path, digest, size }));
  let reply = await client.call(createDataset, { body: { name, files: manifest } }, { timeoutSeconds: 120 });
  const ref = `${reply.dataset.name}@${reply.dataset.version}`;
  const total = reply.missingCount;
  const byDigest = new Map(files.map((file) => [file.digest, file]));
  let sent = 0;
  let sentBytes = 0;
  const again = <T>(call: () => Promise<T>) => persist({ rng: Math.random }, call);
  while (reply.missingCount > 0 || reply.dataset.state !== 'ready') {
    const before = sent;
    await inParallel(reply.missing, 6, async (digest) => {
      const file = byDigest.get(digest);
      if (!file) throw new Failure(`The server asks for ${digest}, which is no file of ${folder}.`);
      await uploadBlob(client, { file: file.absolute, digest, size: file.size, again });
      sent++;
      sentBytes += file.size;
      line.show(`uploading ${grouped(sent)} of ${grouped(total)}, ${bytes(sentBytes)}`);
    });
    reply = await client.call(commitDataset, { params: { ref } });
    if (reply.missingCount > 0 && sent === before) throw new Failure(`${ref} still lacks ${reply.missingCount} files.`);
  }
  line.clear();
  if (options.json) {
    console.log(JSON.stringify({ ...reply.dataset, uploaded: sent, skipped }));
    return;
  }
  console.log(
    `${ref}: ${grouped(images)} images, ${bytes(reply.dataset.size)}; ${sent === 0 ? 'the server had them all' : `${grouped(sent)} uploaded`}.`,
  );
  for (const [path, count] of Object.entries(reply.dataset.folders)) console.log(`  ${path}: ${grouped(count)}`);
  if (skipped > 0) console.log(`  ${grouped(skipped)} files that are neither images nor labels (.csv) were left out`);
  console.log(`Use it in a config: data: { dataset: ${ref} }`);
}

async function listFiles(folder: string): Promise<{ files: File[]; skipped: number }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw new Failure(`There is no folder ${folder}.`, { exit: EXIT.notFound });
      if (error.code === 'ENOTDIR') throw new Failure(`${folder} is no folder.`, { exit: EXIT.usage });
      throw error;
    },
  );
  const files: File[] = [];
  let skipped = 0;
  for (const entry of entries) {
    const absolute = join(entry.parentPath, entry.name);
    const path = relative(folder, absolute).split(sep).join('/');
    if (path.split('/').some((part) => part.startsWith('.'))) continue;
    // A link to an image counts as the image.
    const info = entry.isFile() || entry.isSymbolicLink() ? await stat(absolute).catch(() => null) : null;
    if (!info?.isFile()) continue;
    if (IMAGES.test(entry.name) || LABELS.test(entry.name)) files.push({ path, absolute, size: info.size, digest: '' });
    else skipped++;
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, skipped };
}
