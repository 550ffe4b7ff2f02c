import { runRoutes } from '@tidemark/api/contract/runs';
import { type Connection, connect } from '../context.ts';
import { EXIT, Failure } from '../failure.ts';
import { findRun } from '../run-ref.ts';

type Options = Connection & { experiment?: string };

/** `team=vision`: the first `=` ends the key. */
export function runTag(ref: string, pairs: string[], options: Options): Promise<void> {
  const tags = pairs.map((pair): [string, string] => {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new Failure(`${pair} is not of the form key=value.`, { exit: EXIT.usage });
    return [pair.slice(0, equals), pair.slice(equals + 1)];
  });
  return change(ref, Object.fromEntries(tags), options);
}

export const runUntag = (ref: string, keys: string[], options: Options): Promise<void> =>
  change(ref, Object.fromEntries(keys.map((key) => [key, null])), options);

async function change(ref: string, tags: Record<string, string | null>, options: Options): Promise<void> {
  const client = connect(options);
  const before = await findRun(client, ref, options);
  const missing = Object.keys(tags).filter((key) => tags[key] === null && !Object.hasOwn(before.tags, key));
  const run = await client.call(runRoutes.updateRun, { params: { id: before.id }, body: { tags } });
  if (options.json) console.log(JSON.stringify(run));
  else {
    const all = Object.entries(run.tags).map(([key, value]) => `${key}=${value}`);
    console.log(`${run.experiment}#${run.ordinal}  ${all.join('  ') || 'no tags'}`);
    if (missing.length > 0) console.error(`It had no ${missing.join(', ')}.`);
  }
}
