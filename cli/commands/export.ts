import { type What, writeArchive } from '../archive/write-archive.ts';
import { type Connection, connect } from '../context.ts';
import { findExperiment, findRun } from '../run-ref.ts';
import { shower } from '../terminal/shower.ts';

interface ExportOptions extends Connection {
  output: string;
  experiment?: string;
}

export async function exportRuns(refs: readonly string[], options: ExportOptions): Promise<void> {
  const client = connect(options);
  const runs: string[] = [];
  for (const ref of refs)
    runs.push((await findRun(client, ref, { ...(options.experiment ? { experiment: options.experiment } : {}) })).id);
  await write({ scope: 'run', runs }, options);
}

export async function exportExperiment(name: string, options: ExportOptions): Promise<void> {
  const { id } = await findExperiment(connect(options), name);
  await write({ scope: 'experiment', experiment: id }, options);
}

export const exportProject = (options: ExportOptions): Promise<void> => write({ scope: 'project' }, options);

async function write(what: What, options: ExportOptions): Promise<void> {
  const show = shower(options.json ?? false);
  try {
    const written = await writeArchive(connect(options), what, options.output, show.line);
    show.end();
    if (options.json) console.log(JSON.stringify({ file: options.output, ...written }));
    else console.log(`${options.output}: ${written.rows} rows, ${written.blobs} blobs, ${written.bytes} bytes.`);
  } finally {
    show.end();
  }
}
