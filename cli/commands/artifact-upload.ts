import type { Artifact } from '@tidemark/api/contract/artifacts';
import { inParallel } from '@tidemark/client/node/artifacts/in-parallel';
import { uploadFile } from '@tidemark/client/node/artifacts/upload-file';
import { contentTypeOf } from '../artifacts/content-type.ts';
import { planUpload } from '../artifacts/plan-upload.ts';
import { progressBar } from '../artifacts/progress.ts';
import { type Connection, connect } from '../context.ts';
import { Failure } from '../failure.ts';
import { findRun } from '../run-ref.ts';
import { bytes, grouped } from '../terminal/format.ts';

interface Options extends Connection {
  experiment?: string;
  to?: string;
  parallel?: number;
}

/** Stores files and folders as a run's artifacts; the same command again goes on where it was cut off. */
export async function artifactUpload(ref: string, paths: readonly string[], options: Options): Promise<void> {
  const client = connect(options);
  const run = await findRun(client, ref, options);
  const files = await planUpload(paths, options.to ?? '');
  if (files.length === 0) throw new Failure('There are no files in it.');
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const bar = progressBar(total, files.length);
  const stored: Artifact[] = [];
  let sent = 0;
  try {
    await inParallel(files, options.parallel ?? 4, async ({ file, path }) => {
      const given = { run: run.id, path, file, contentType: contentTypeOf(path), rng: Math.random, onBytes: bar.moved };
      const done = await uploadFile(client, given);
      stored.push(done.artifact);
      sent += done.sent;
      bar.done();
    });
  } finally {
    bar.clear();
  }
  stored.sort((a, b) => (a.path < b.path ? -1 : 1));
  if (options.json) {
    for (const artifact of stored) console.log(JSON.stringify(artifact));
    return;
  }
  const what = files.length === 1 ? stored[0]!.path : `${grouped(files.length)} files`;
  const had = total - sent;
  console.log(
    `${run.experiment}#${run.ordinal}: ${what}, ${bytes(total)}${had > 0 ? `; the server had ${had === total ? 'all of it' : bytes(had)}` : ''}.`,
  );
}
