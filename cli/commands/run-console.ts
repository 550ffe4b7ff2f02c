import { stripVTControlCharacters } from 'node:util';
import { readConsole } from '@tidemark/api/contract/console';
import { getRun, type LogLine } from '@tidemark/api/contract/runs';
import { type Connection, connect } from '../context.ts';
import { findRun } from '../run-ref.ts';

interface Options extends Connection {
  experiment?: string;
  follow?: boolean;
  lines?: number;
  search?: string;
  stream?: 'stdout' | 'stderr' | 'log';
}

/** Between two looks at a run that goes on (ms). */
const LOOK_MS = 2000;

/** Prints a run's console; colours only where this one has them. With --follow until the run has ended and all is printed. */
export async function runConsole(ref: string, options: Options): Promise<void> {
  const client = connect(options);
  const { id } = await findRun(client, ref, options);
  const { search, stream } = options;
  const narrowed = { ...(search === undefined ? {} : { search }), ...(stream === undefined ? {} : { stream }) };
  const read = (query: object) => client.call(readConsole, { params: { id }, query: { ...narrowed, ...query } });
  let after = 0;
  if (options.lines !== undefined) {
    const page = await read({ tail: true, limit: options.lines });
    print(page.lines, options);
    after = page.next;
  }
  for (;;) {
    // Asked before the lines: what came before the end is then among them.
    const ended = options.follow ? (await client.call(getRun, { params: { id } })).endedAt !== null : true;
    for (;;) {
      const { lines, next, total } = await read({ after, limit: 5000 });
      print(lines, options);
      after = next;
      if (after >= total) break;
    }
    if (ended) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function print(lines: readonly LogLine[], { json }: Options): void {
  if (lines.length === 0) return;
  const colours = process.stdout.isTTY;
  const text = (line: LogLine) =>
    json
      ? JSON.stringify(line)
      : colours
        ? `${line.text}${line.text.includes('\u001b[') ? '\u001b[0m' : ''}`
        : stripVTControlCharacters(line.text);
  process.stdout.write(`${lines.map(text).join('\n')}\n`);
}
