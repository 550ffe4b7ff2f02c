import { stripVTControlCharacters } from 'node:util';
import colors from 'picocolors';

export interface Column {
  title: string;
  right?: boolean;
  /** The column that is cut when the terminal is too narrow. */
  shrink?: boolean;
}

const NONE = /^[\p{M}\p{Cf}]$/u;
const TWO =
  /^[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]$/u;
const charWidth = (char: string): number => (NONE.test(char) ? 0 : TWO.test(char) ? 2 : 1);

/** Columns a text takes in a terminal: East Asian and emoji characters take two, combining marks none. */
export const width = (text: string): number =>
  [...stripVTControlCharacters(text)].reduce((sum, char) => sum + charWidth(char), 0);

/** Cuts in the middle, so that both ends of a long name stay readable. Colours are lost where it cuts. */
export function shorten(text: string, most: number): string {
  if (width(text) <= most) return text;
  const plain = [...stripVTControlCharacters(text)];
  if (most <= 1) return '…'.slice(0, most);
  const tail = Math.floor((most - 1) / 2);
  const end = fitting(plain.toReversed(), tail).reverse().join('');
  return `${fitting(plain, most - 1 - width(end)).join('')}…${end}`;
}

/** The first characters that take no more columns than given. */
function fitting(chars: readonly string[], most: number): string[] {
  let used = 0;
  const cut = chars.findIndex((char) => {
    used += charWidth(char);
    return used > most;
  });
  return chars.slice(0, cut < 0 ? chars.length : cut);
}

/** Lines of a table without rules: a dim header, two spaces between columns, no trailing blanks. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  maxWidth = Number.POSITIVE_INFINITY,
): string[] {
  const widths = columns.map(({ title }, i) => Math.max(width(title), ...rows.map((row) => width(row[i] ?? ''))));
  const excess = widths.reduce((sum, w) => sum + w, 2 * (columns.length - 1)) - maxWidth;
  const flexible = columns.findIndex(({ shrink }) => shrink);
  if (excess > 0 && flexible >= 0) widths[flexible] = Math.max(8, widths[flexible]! - excess);
  const line = (cells: readonly string[]) =>
    columns
      .map(({ right }, i) => {
        const cell = shorten(cells[i] ?? '', widths[i]!);
        const blanks = ' '.repeat(widths[i]! - width(cell));
        return right ? blanks + cell : cell + blanks;
      })
      .join('  ')
      .trimEnd();
  return [colors.dim(line(columns.map(({ title }) => title))), ...rows.map(line)];
}
