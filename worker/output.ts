import pc from 'picocolors';
import { describeEvent } from './describe-event.ts';
import type { Report, WorkerEvent } from './report.ts';

/** Prints what a worker does: for a person on a terminal, with a progress line that stays at the foot; else as JSON lines. */
export function createOutput(json = !process.stdout.isTTY): { report: Report; close(): void } {
  return json ? jsonLines() : terminal();
}

/** Progress comes with every step; a log wants it no more often than this (ms). */
const PROGRESS_EVERY = 5000;

function jsonLines() {
  let told = 0;
  return {
    report(event: WorkerEvent) {
      const now = Date.now();
      if (event.type === 'progress') {
        if (now - told < PROGRESS_EVERY) return;
        told = now;
      }
      process.stdout.write(`${JSON.stringify({ at: new Date(now).toISOString(), ...event })}\n`);
    },
    close() {},
  };
}

function terminal() {
  const foot = new Map<string, string>();
  let shown = 0;
  let drawn = 0;

  function clear(): void {
    if (shown > 0) process.stdout.write(`\x1b[${shown}A\x1b[0J`);
    shown = 0;
  }

  function draw(): void {
    clear();
    const lines = [...foot.values()];
    for (const text of lines) process.stdout.write(`${text}\n`);
    shown = lines.length;
    drawn = Date.now();
  }

  return {
    report(event: WorkerEvent) {
      const { text, progress } = describeEvent(event, pc, Math.max(20, (process.stdout.columns || 80) - 1));
      if ('run' in event) {
        if (progress !== null) foot.set(event.run.run, progress);
        if (event.type === 'ended') foot.delete(event.run.run);
      }
      if (text !== null) {
        clear();
        process.stdout.write(`${text}\n`);
        draw();
      } else if (Date.now() - drawn > 100) draw();
    },
    close() {
      foot.clear();
      clear();
    },
  };
}
