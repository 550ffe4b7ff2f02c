/**
 * A blob with rows of points of one attempt. It begins with the rows' bytes, packed as in `frame.ts`, one behind the other; then a table of
 * contents, JSON in UTF-8: `{"run","attempt","rows":[[part, key group, first byte, bytes], …]}`; then the length of that (uint32,
 * little-endian) and the eight letters TDMVOL01. The database has the same offsets and reads ranges; the table of contents makes
 * a blob readable without the database. Rows of a key group follow each other, so a chart of one key reads one range.
 */
export interface VolumeRow {
  readonly part: number;
  readonly group: number;
  readonly data: Uint8Array;
}

export interface Placed extends VolumeRow {
  readonly start: number;
}

const MARK = 'TDMVOL01';

export function encodeVolume(
  run: string,
  attempt: number,
  rows: readonly VolumeRow[],
): { bytes: Uint8Array; placed: Placed[] } {
  let end = 0;
  const placed = [...rows]
    .sort((a, b) => a.group - b.group || a.part - b.part)
    .map((row): Placed => {
      const start = end;
      end += row.data.length;
      return { ...row, start };
    });
  const encoder = new TextEncoder();
  const contents = encoder.encode(
    JSON.stringify({
      run,
      attempt,
      rows: placed.map(({ part, group, start, data }) => [part, group, start, data.length]),
    }),
  );
  const bytes = new Uint8Array(end + contents.length + 4 + MARK.length);
  for (const { start, data } of placed) bytes.set(data, start);
  bytes.set(contents, end);
  new DataView(bytes.buffer).setUint32(end + contents.length, contents.length, true);
  bytes.set(encoder.encode(MARK), end + contents.length + 4);
  return { bytes, placed };
}
