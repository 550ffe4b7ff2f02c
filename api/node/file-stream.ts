import type { FileHandle } from 'node:fs/promises';
import type { ByteRange } from '../blobs/store.ts';

const PIECE = 256 * 1024;

/** An open file's range, which closes it at its end. Pulled, never pushed: a slow reader costs one piece of memory. */
export function readFileRange(file: FileHandle, { start, end }: ByteRange): ReadableStream<Uint8Array> {
  let position = start;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const wanted = Math.min(PIECE, end + 1 - position);
        if (wanted > 0) {
          const piece = new Uint8Array(wanted);
          const { bytesRead } = await file.read(piece, 0, wanted, position);
          position += bytesRead;
          if (bytesRead > 0) return controller.enqueue(piece.subarray(0, bytesRead));
        }
        await file.close();
        controller.close();
      },
      cancel: () => file.close(),
    },
    { highWaterMark: 0 },
  );
}
