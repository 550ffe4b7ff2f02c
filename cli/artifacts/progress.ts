import { bytes, grouped } from '../terminal/format.ts';
import { progressLine } from '../terminal/screen.ts';

/** A bar on standard error: bytes of all bytes, and how many files are done. Silent when that is no terminal. */
export function progressBar(total: number, files: number): { moved(count: number): void; done(): void; clear(): void } {
  const line = progressLine();
  const start = performance.now();
  let moved = 0;
  let finished = 0;
  const show = (): void => {
    const share = total === 0 ? 1 : Math.min(1, Math.max(0, moved / total));
    const filled = Math.round(share * 24);
    const speed = moved / Math.max(0.5, (performance.now() - start) / 1000);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(24 - filled)}`;
    const count = files > 1 ? ` · ${grouped(finished)} of ${grouped(files)} files` : '';
    line.show(`${bar} ${Math.floor(share * 100)} % · ${bytes(moved)} of ${bytes(total)} · ${bytes(speed)}/s${count}`);
  };
  return {
    moved: (count) => {
      moved += count;
      show();
    },
    done: () => {
      finished++;
      show();
    },
    clear: line.clear,
  };
}
