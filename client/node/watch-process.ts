import type { Ending } from './record.ts';

interface Watcher {
  /** The event loop is empty: there is still time to send. */
  idle(): void;
  /** The process ends as soon as this returns. */
  leave(ending: Ending): void;
}

const watchers = new Set<Watcher>();
let watching = false;

/** Tells how this process ends, without changing that. One set of listeners serves any number of runs. */
export function watchProcess(watcher: Watcher): () => void {
  watchers.add(watcher);
  if (!watching) listen();
  watching = true;
  return () => void watchers.delete(watcher);
}

function leave(ending: Ending): void {
  for (const watcher of [...watchers]) watcher.leave(ending);
}

function listen(): void {
  process.on('beforeExit', () => {
    for (const watcher of [...watchers]) watcher.idle();
  });
  process.on('uncaughtExceptionMonitor', (error: unknown) => {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    leave({ outcome: 'failed', error: { code: name.slice(0, 64), message: (stack ?? message).slice(0, 10_000) } });
  });
  process.on('exit', (code) => {
    if (code === 0) leave({ outcome: 'finished' });
    else leave({ outcome: 'failed', error: { code: 'exit', message: `The script ended with exit code ${code}.` } });
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      // With a listener of its own, the script decides what the signal means.
      if (process.listenerCount(signal) > 0) return;
      leave({ outcome: 'cancelled', error: { code: signal, message: `The script was ended by ${signal}.` } });
      process.kill(process.pid, signal);
    });
  }
}
