import { getStatus, type Status } from '@tidemark/api/contract/status';
import colors from 'picocolors';
import { type Connection, connect } from '../context.ts';
import { bytes, duration } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';

/** The server's health, as `/status` shows it. Exit code 1 when a part does not work. */
export async function status(options: Connection): Promise<void> {
  const found = await connect(options).call(getStatus, {});
  if (!found.ok) process.exitCode = 1;
  if (options.json) {
    console.log(JSON.stringify(found));
    return;
  }
  const verdict = found.ok ? colors.green('Everything works.') : colors.red('Not everything works.');
  console.log(`${verdict} ${colors.dim(`Project ${found.project}, version ${found.version}.`)}`);
  for (const problem of found.problems) console.log(`${colors.red('✕')} ${problem}`);
  console.log(table([{ title: 'PART' }, { title: 'HOW IT IS' }], rowsOf(found)).join('\n'));
}

function rowsOf({ database, blobs, upkeep, queue, workers, runs, live, host }: Status): string[][] {
  const size = database.bytes === null ? '' : `, ${bytes(database.bytes)}`;
  const waits = queue.oldestMs === null ? '' : `, the oldest for ${duration(queue.oldestMs)}`;
  const rows = [
    ['database', `answers in ${database.ms.toFixed(1)} ms${size}, schema ${database.schema}`],
    ['artifacts', `answer in ${blobs.ms.toFixed(1)} ms, ${bytes(blobs.bytes)} stored`],
    ['upkeep', upkeep.late === null ? 'nothing was due yet' : `ran ${upkeep.late.toFixed(1)} s late`],
    ['queue', queue.length === 0 ? 'empty' : `${queue.length} waiting${waits}`],
    ['workers', counts(workers)],
    ['runs', `${counts(runs)}; ${live} being written`],
  ];
  if (!host) return rows;
  return [
    ...rows,
    ['disk', `${bytes(host.diskFreeBytes)} free of ${bytes(host.diskBytes)}`],
    ['memory', bytes(host.memoryBytes)],
    ['running for', duration(host.uptimeSeconds * 1000)],
  ];
}

const counts = (values: Readonly<Record<string, number | undefined>>): string =>
  Object.entries(values)
    .map(([name, n]) => `${n} ${name}`)
    .join(', ') || 'none';
