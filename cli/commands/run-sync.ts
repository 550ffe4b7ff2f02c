import { spoolFolder, syncSpool } from '@tidemark/client/node/sync';
import { type Connection, connect } from '../context.ts';
import { EXIT } from '../failure.ts';

/** Sends what scripts kept on the disk while the server was away. */
export async function runSync(options: Connection): Promise<void> {
  const results = await syncSpool({ folder: spoolFolder(), client: connect(options), rng: Math.random });
  for (const result of results) {
    if (options.json) console.log(JSON.stringify(result));
    else console.log(`${result.run.slice(-8)}  ${result.state}${result.message ? `: ${result.message}` : ''}`);
  }
  if (results.length === 0 && !options.json) console.log(`Nothing waits in ${spoolFolder()}.`);
  if (results.some(({ state }) => state === 'away')) process.exitCode = EXIT.away;
  else if (results.some(({ state }) => state === 'refused')) process.exitCode = EXIT.failed;
}
