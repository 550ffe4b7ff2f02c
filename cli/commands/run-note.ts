import { readFileSync } from 'node:fs';
import { runRoutes } from '@tidemark/api/contract/runs';
import colors from 'picocolors';
import { type Connection, connect } from '../context.ts';
import { EXIT, Failure } from '../failure.ts';
import { findRun } from '../run-ref.ts';
import { ago } from '../terminal/format.ts';

interface Options extends Connection {
  experiment?: string;
  append?: boolean;
  history?: boolean;
}

/** Prints a run's note or what it was, or writes it: `-` reads standard input. */
export async function runNote(ref: string, text: string | undefined, options: Options): Promise<void> {
  if (text !== undefined && options.history)
    throw new Failure('--history only reads; leave the text out.', { exit: EXIT.usage });
  if (text === undefined && options.append)
    throw new Failure('Say what to append, or - for standard input.', { exit: EXIT.usage });
  const client = connect(options);
  const run = await findRun(client, ref, options);
  const params = { id: run.id };
  if (options.history) {
    const { notes } = await client.call(runRoutes.runNotes, { params });
    if (options.json) for (const note of notes) console.log(JSON.stringify(note));
    else if (notes.length === 0) console.log(`${run.experiment}#${run.ordinal} never had a note.`);
    else
      for (const { at, actor, note } of notes)
        console.log(`${colors.dim(`${ago(at, Date.now())} by ${actor}`)}\n${note.trimEnd() || colors.dim('none')}\n`);
    return;
  }
  if (text === undefined) {
    if (options.json) console.log(JSON.stringify({ note: run.note }));
    else if (run.note !== '') console.log(run.note.trimEnd());
    return;
  }
  const given = text === '-' ? readFileSync(0, 'utf8') : text;
  const note = options.append && run.note !== '' ? `${run.note.trimEnd()}\n\n${given}` : given;
  const after = await client.call(runRoutes.updateRun, { params, body: { note } });
  if (options.json) console.log(JSON.stringify(after));
  else console.log(`${run.experiment}#${run.ordinal} ${note === '' ? 'has no note now.' : 'is noted.'}`);
}
