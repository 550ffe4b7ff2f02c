import * as z from 'zod';
import { invalid } from '../errors.ts';
import { columnsOf } from './columns.ts';
import type { ArchivedRow, Cut } from './row.ts';

const Packed = z.union([z.string(), z.number(), z.null(), z.strictObject({ base64: z.base64() })]);
const Line = z.union([
  z.strictObject({ table: z.string(), row: z.record(z.string(), Packed) }),
  z.strictObject({ run: z.string(), attempt: z.int(), cut: z.int() }),
]);
const Last = z.object({ next: z.string().nullable(), blobs: z.array(z.object({ digest: z.string(), size: z.int() })) });

/** A page's lines without its last, which says that it is whole. Errors: invalid_request, with the line. */
export function readPage(text: string): (ArchivedRow | Cut)[] {
  const lines = text.split('\n').filter((line) => line !== '');
  const parsed = lines.map((line, index) => {
    try {
      return JSON.parse(line) as unknown;
    } catch {
      throw invalid(['body'], `line ${index + 1} is not JSON`);
    }
  });
  if (!Last.safeParse(parsed.at(-1)).success) throw invalid(['body'], 'the page is torn: its last line is missing');
  return parsed.slice(0, -1).map((value, index) => {
    const line = Line.safeParse(value);
    if (!line.success) throw invalid(['body'], `line ${index + 1} is no row of an archive`);
    if ('table' in line.data) requireColumns(line.data, index + 1);
    return line.data;
  });
}

/** Names become SQL: only those that the schema has. */
function requireColumns({ table, row }: ArchivedRow, line: number): void {
  const columns = columnsOf(table);
  if (!columns) throw invalid(['body'], `line ${line}: an archive has no rows of ${table}`);
  const strange = Object.keys(row).find((name) => !columns.has(name));
  if (strange !== undefined) throw invalid(['body'], `line ${line}: ${table} has no column ${strange}`);
}
