import type { Row, SqlValue } from '@tidemark/db/database';

/** A value as an archive's JSON has it: bytes in base64. */
export type Packed = string | number | null | { readonly base64: string };
/** A line of a page. */
export interface ArchivedRow {
  readonly table: string;
  readonly row: Readonly<Record<string, Packed>>;
}
/** A run that was being written: of this attempt, parts from this one on are in the chunks that stand beside the run. */
export interface Cut {
  readonly run: string;
  readonly attempt: number;
  readonly cut: number;
}

export const pack = (row: Row): ArchivedRow['row'] =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? { base64: toBase64(value) } : value,
    ]),
  );

export const unpack = (value: Packed): SqlValue =>
  typeof value === 'object' && value !== null ? fromBase64(value.base64) : value;

function toBase64(bytes: Uint8Array): string {
  let text = '';
  // In pieces: a call takes so many arguments only.
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(text);
}

const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
