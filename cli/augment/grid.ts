import sharp, { type OverlayOptions } from 'sharp';

export interface Cell {
  /** [rows, columns, channels], values 0–255. */
  pixels: Float32Array | Uint8Array;
  words: string;
}

export interface GridRow {
  label: string;
  cells: readonly Cell[];
}

const GAP = 12;
const LABEL = 26;
const LINE = 13;
const MOST_LINES = 3;
/** Small images are enlarged until a caption fits below them. */
const LEAST_WIDTH = 150;
/** Of the caption's type, on average; a little more than it needs. */
const LETTER = 5.9;

/** Words in lines of at most `most` letters; the last one ends in … where there is more. */
function wrapped(words: string, most: number): string[] {
  const lines: string[] = [''];
  // A number stays with its unit.
  for (const word of words.replaceAll(/ (?=(?:%|px)(?!\w))/g, '\u00a0').split(' ')) {
    const line = lines.at(-1)!;
    if (line !== '' && line.length + 1 + word.length > most) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  const kept = lines.slice(0, MOST_LINES).map((line) => (line.length > most ? `${line.slice(0, most - 1)}…` : line));
  if (lines.length > MOST_LINES) kept[MOST_LINES - 1] = `${kept[MOST_LINES - 1]!.slice(0, most - 1)}…`;
  return kept;
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** A PNG with a labelled row for each operation, and under every cell what was drawn. Letters need a font on this machine. */
export async function gridPng(
  rows: readonly GridRow[],
  shape: { rows: number; columns: number; channels: 1 | 3 },
): Promise<Buffer> {
  const scale = Math.max(1, Math.ceil(LEAST_WIDTH / shape.columns));
  const cell = { width: shape.columns * scale, height: shape.rows * scale };
  const most = Math.max(...rows.map(({ cells }) => cells.length));
  const letters = Math.floor(cell.width / LETTER);
  const texts: string[] = [];
  const images: OverlayOptions[] = [];
  let top = GAP / 2;
  for (const { label, cells } of rows) {
    texts.push(`<text class="label" x="${GAP}" y="${top + 18}">${escaped(label)}</text>`);
    top += LABEL;
    const captions = cells.map(({ words }) => wrapped(words, letters));
    for (const [column, { pixels }] of cells.entries()) {
      const left = GAP + column * (cell.width + GAP);
      const raw = { width: shape.columns, height: shape.rows, channels: shape.channels };
      const input = await sharp(Buffer.from(Uint8ClampedArray.from(pixels).buffer), { raw })
        .resize(cell.width, cell.height, { kernel: 'nearest', fit: 'fill' })
        .png()
        .toBuffer();
      images.push({ input, left, top });
      captions[column]!.forEach((line, i) => {
        texts.push(`<text class="words" x="${left}" y="${top + cell.height + 11 + i * LINE}">${escaped(line)}</text>`);
      });
    }
    top += cell.height + Math.max(...captions.map(({ length }) => length)) * LINE + GAP;
  }
  const width = GAP + most * (cell.width + GAP);
  const style =
    'text{font-family:"Helvetica Neue",Helvetica,Arial,"DejaVu Sans",sans-serif;fill:#1f2328}.label{font-size:14px;font-weight:600}.words{font-size:10.5px;fill:#59636e}';
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}"><style>${style}</style>${texts.join('')}</svg>`;
  return sharp({ create: { width, height: top, channels: 3, background: '#fff' } })
    .composite([...images, { input: Buffer.from(svg), left: 0, top: 0 }])
    .png({ compressionLevel: 9 })
    .toBuffer();
}
