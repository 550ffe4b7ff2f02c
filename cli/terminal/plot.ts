/** One line of a plot: points in order of x; what is not finite is left out. */
export interface PlotLine {
  points: readonly (readonly [x: number, y: number])[];
  paint(text: string): string;
}

export interface PlotOptions {
  /** Characters, axis included. */
  width: number;
  height: number;
  /** Format of the y labels. */
  label(value: number): string;
  /** Least x range, so that a young run does not jump about. */
  xMax?: number;
}

// A braille character is a grid of 2×4 dots: bit by row and column (Unicode block U+2800).
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

/** Draws lines in braille dots, joined by straight segments. Where lines share a character the later one's colour wins. */
export function plot(lines: readonly PlotLine[], { width, height, label, xMax }: PlotOptions): string[] {
  const finite = lines.map(({ points }) => points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y)));
  const all = finite.flat();
  if (all.length === 0) return Array.from({ length: height }, (_, row) => (row === height >> 1 ? '  nothing yet' : ''));
  const xs = all.map(([x]) => x);
  const ys = all.map(([, y]) => y);
  const left = Math.min(...xs);
  const right = Math.max(...xs, xMax ?? Number.NEGATIVE_INFINITY);
  let [low, high] = [Math.min(...ys), Math.max(...ys)];
  if (low === high) {
    const around = Math.abs(low) * 0.1 || 1;
    low -= around;
    high += around;
  }
  const labels = [label(high), label(low / 2 + high / 2), label(low)];
  const gutter = Math.max(...labels.map((text) => text.length)) + 1;
  const columns = Math.max(4, width - gutter - 1);
  const cells = Array.from({ length: height }, () => new Uint8Array(columns));
  const owner = Array.from({ length: height }, () => new Int8Array(columns).fill(-1));
  const [maxX, maxY] = [columns * 2 - 1, height * 4 - 1];
  const toX = (x: number) => (right === left ? 0 : Math.round(((x - left) / (right - left)) * maxX));
  // Halved, so that a range of the whole of float64 does not overflow.
  const toY = (y: number) => Math.round(((high / 2 - y / 2) / (high / 2 - low / 2)) * maxY);

  const dot = (x: number, y: number, line: number) => {
    const [row, column] = [y >> 2, x >> 1];
    cells[row]![column]! |= DOTS[(y & 3) as 0 | 1 | 2 | 3][(x & 1) as 0 | 1];
    owner[row]![column] = line;
  };
  for (const [line, points] of finite.entries()) {
    for (const [i, [x, y]] of points.entries()) {
      const [x0, y0] = points[i - 1] ?? [x, y];
      segment(toX(x0), toY(y0), toX(x), toY(y), (px, py) => dot(px, py, line));
    }
  }
  const labelRows = new Map([
    [0, labels[0]!],
    [height >> 1, labels[1]!],
    [height - 1, labels[2]!],
  ]);
  return cells.map((row, r) => {
    let text = `${(labelRows.get(r) ?? '').padStart(gutter - 1)} │`;
    for (const [c, bits] of row.entries()) {
      const line = lines[owner[r]![c]!];
      text += bits === 0 || !line ? ' ' : line.paint(String.fromCodePoint(0x2800 + bits));
    }
    return text;
  });
}

/** Bresenham's line. */
function segment(x0: number, y0: number, x1: number, y1: number, visit: (x: number, y: number) => void): void {
  const [dx, dy] = [Math.abs(x1 - x0), -Math.abs(y1 - y0)];
  const [sx, sy] = [Math.sign(x1 - x0), Math.sign(y1 - y0)];
  let error = dx + dy;
  for (let [x, y] = [x0, y0]; ; ) {
    visit(x, y);
    if (x === x1 && y === y1) return;
    const twice = 2 * error;
    if (twice >= dy) {
      error += dy;
      x += sx;
    }
    if (twice <= dx) {
      error += dx;
      y += sy;
    }
  }
}
