/** A row of a CSV file, with the line that it begins on, counted from 1. */
export interface CsvRow {
  line: number;
  cells: string[];
}

/** RFC 4180: cells by comma, quoted where they hold a comma, a quote (doubled) or a line break. Empty lines are left out. */
export function parseCsv(text: string): CsvRow[] {
  const rows: CsvRow[] = [];
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text;
  let [line, begun] = [1, 1];
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  const end = () => {
    cells.push(cell);
    if (cells.length > 1 || cells[0] !== '') rows.push({ line: begun, cells });
    [cells, cell] = [[], ''];
  };
  for (let i = 0; i < plain.length; i++) {
    const c = plain[i]!;
    if (c === '\n') line++;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (plain[i + 1] === '"') cell += plain[i++];
      else quoted = false;
    } else if (c === '"' && cell === '') quoted = true;
    else if (c === ',') {
      cells.push(cell);
      cell = '';
    } else if (c === '\n') {
      end();
      begun = line;
    } else if (c !== '\r' || plain[i + 1] !== '\n') cell += c;
  }
  end();
  return rows;
}
