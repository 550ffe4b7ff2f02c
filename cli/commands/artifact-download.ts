import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadFile } from '@tidemark/client/node/artifacts/download-file';
import { inParallel } from '@tidemark/client/node/artifacts/in-parallel';
import { listAll, meantBy } from '../artifacts/list-all.ts';
import { progressBar } from '../artifacts/progress.ts';
import { safePlace } from '../artifacts/safe-place.ts';
import { type Connection, connect } from '../context.ts';
import { EXIT, Failure } from '../failure.ts';
import { findRun } from '../run-ref.ts';
import { bytes, grouped } from '../terminal/format.ts';

interface Options extends Connection {
  experiment?: string;
  out?: string;
  parallel?: number;
}

/**
 * Fetches artifacts by name, or all below a folder, with their folders, into one of this disk's. What is there already is not fetched,
 * what was cut off goes on, and a file appears once its digest is right.
 */
export async function artifactDownload(ref: string, paths: readonly string[], options: Options): Promise<void> {
  const client = connect(options);
  const run = await findRun(client, ref, options);
  const all = await listAll(client, run.id);
  const wanted = new Map(
    (paths.length === 0 ? [''] : paths).flatMap((path) => {
      const meant = meantBy(all, path);
      if (meant.length === 0) {
        const name = `${run.experiment}#${run.ordinal}`;
        throw new Failure(path === '' ? `${name} has no artifacts.` : `${name} has no artifact ${path}.`, {
          hint: `See them with \`tidemark artifact list ${ref}\`.`,
          exit: EXIT.notFound,
        });
      }
      return meant.map((artifact) => [artifact.path, artifact] as const);
    }),
  );
  const artifacts = [...wanted.values()];
  const out = options.out ?? '.';
  await mkdir(out, { recursive: true });
  const total = artifacts.reduce((sum, { size }) => sum + size, 0);
  const bar = progressBar(total, artifacts.length);
  let fetched = 0;
  try {
    await inParallel(artifacts, options.parallel ?? 4, async (artifact) => {
      const file = await safePlace(out, artifact.path);
      fetched += await downloadFile(client, { artifact, file, rng: Math.random, onBytes: bar.moved });
      bar.done();
    });
  } finally {
    bar.clear();
  }
  if (options.json) {
    for (const artifact of artifacts) console.log(JSON.stringify({ ...artifact, file: join(out, artifact.path) }));
    return;
  }
  const what = artifacts.length === 1 ? join(out, artifacts[0]!.path) : `${grouped(artifacts.length)} files in ${out}`;
  console.log(`${what}, ${bytes(total)}${fetched < total ? ` (${bytes(total - fetched)} were here)` : ''}.`);
}
