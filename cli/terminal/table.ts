import { stripVTControlCharacters } from 'node:util';
import colors from 'picocolors';

export interface Column {
  title: string;
  right?: boolean;
  /** The column that is cut when the terminal is too narrow. */
  shrink?: boolean;
}

/** Columns a text takes in a terminal; what we print is one wide each. */
export const width = (text: string): number => [...stripVTControlCharacters(text)].length;

/** Cuts in the middle, so that both ends of a long name stay readable. Colours are lost where it cuts. */
export function shorten(text: string, most: number): string {
  if (width(text) <= most) return text;
  const plain = [...stripVTControlCharacters(text)];
  if (most <= 1) return '…'.slice(0, most);
  const tail = Math.floor((most - 1) / 2);
  return `${plain.slice(0, most - 1 - tail).join('')}…${tail > 0 ? plain.slice(-tail).join('') : ''}`;
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
