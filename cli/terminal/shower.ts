/** A line on standard error that is written over, where somebody sees it: how far a long command is. */
export function shower(quiet: boolean) {
  const shows = !quiet && process.stderr.isTTY;
  let drawn = false;
  return {
    line: (text: string): void => {
      if (!shows) return;
      drawn = true;
      process.stderr.write(`\r\x1b[K${text}`);
    },
    end: (): void => {
      if (drawn) process.stderr.write('\r\x1b[K');
      drawn = false;
    },
  };
}
