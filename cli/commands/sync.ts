import { setTimeout as delay } from 'node:timers/promises';
import { type Synced, spoolFolder, syncSpool } from '@tidemark/client/node/sync';
import { type Connection, connect } from '../context.ts';
import { EXIT, Failure } from '../failure.ts';
import { type LocalSynced, syncLocal } from '../local/sync-local.ts';
import { shower } from '../terminal/shower.ts';

interface SyncOptions extends Connection {
  watch?: boolean;
}

const EVERY_MS = 5000;

type Result = Synced | LocalSynced;

/** Sends what scripts and `run local` kept on the disk: with `--watch`, what comes later too, until it is interrupted. */
export async function sync(given: string | undefined, options: SyncOptions): Promise<void> {
  const folder = given ?? spoolFolder();
  const client = connect(options);
  const stop = new AbortController();
  if (options.watch) process.once('SIGINT', () => stop.abort());
  const said = new Map<string, string>();
  for (;;) {
    const show = shower(options.json ?? false);
    const scripts = await syncSpool({
      folder,
      client,
      rng: Math.random,
      onProgress: ({ run, acked, records }) => show.line(`${run.slice(-8)}  ${acked} of ${records} records`),
      signal: stop.signal,
    }).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      throw new Failure(`There is no folder ${folder}.`, { exit: EXIT.notFound });
    });
    // A server that did not answer for a script's run is not asked for the next ones.
    const away = scripts.some(({ state }) => state === 'away');
    const local = away ? [] : await syncLocal(folder, client, show.line, stop.signal);
    const results: Result[] = [...scripts, ...local];
    show.end();
    // While it watches, a run is spoken of again only when something changed.
    for (const result of results) {
      if (said.get(result.path) === result.state) continue;
      said.set(result.path, result.state);
      print(result, options.json ?? false);
    }
    if (!options.watch || stop.signal.aborted) return conclude(results, folder, options);
    await delay(EVERY_MS, undefined, { signal: stop.signal }).catch(() => {});
    if (stop.signal.aborted) return;
  }
}

function conclude(results: readonly Result[], folder: string, { json, watch }: SyncOptions): void {
  if (results.length === 0 && !json && !watch) console.log(`Nothing waits in ${folder}.`);
  if (results.some(({ state }) => state === 'away')) process.exitCode = EXIT.away;
  else if (results.some(({ state }) => state === 'refused')) process.exitCode = EXIT.failed;
}

function print(result: Result, json: boolean): void {
  if (json) console.log(JSON.stringify(result));
  else console.log(`${result.run.slice(-8)}  ${result.state}${result.message ? `: ${result.message}` : ''}`);
}
