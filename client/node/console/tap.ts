import { StringDecoder } from 'node:string_decoder';

type Stream = 'stdout' | 'stderr';
type Listener = (stream: Stream, text: string) => void;
type Write = (chunk: unknown, encoding?: unknown, callback?: unknown) => boolean;

const listeners = new Set<Listener>();
const originals = new Map<Stream, Write>();
let unseen = false;

/**
 * Tells what this process writes to its standard output and error; it is written as ever. What child processes write into inherited
 * streams, and native code past Node, is not seen. @returns what ends it
 */
export function tapConsole(listener: Listener): () => void {
  listeners.add(listener);
  for (const stream of ['stdout', 'stderr'] as const) if (!originals.has(stream)) wrap(stream);
  return () => void listeners.delete(listener);
}

/** Writes a line of our own, which is no output of the script's. */
export function writeUnseen(text: string): void {
  unseen = true;
  try {
    process.stderr.write(text);
  } finally {
    unseen = false;
  }
}

/** Stays in place once it is: another wrapper around it may stand by then. Without listeners it only passes on. */
function wrap(stream: Stream): void {
  const target = process[stream];
  const original = target.write.bind(target) as Write;
  originals.set(stream, original);
  const decoder = new StringDecoder('utf8');
  const seen: Write = (chunk, encoding, callback) => {
    const result = original(chunk, encoding, callback);
    if (listeners.size > 0 && !unseen) tell(stream, chunk, encoding, decoder);
    return result;
  };
  target.write = seen as typeof target.write;
}

function tell(stream: Stream, chunk: unknown, encoding: unknown, decoder: StringDecoder): void {
  try {
    const bytes =
      typeof chunk === 'string'
        ? typeof encoding === 'string' && !/^utf-?8$/i.test(encoding)
          ? Buffer.from(chunk, encoding as BufferEncoding)
          : null
        : Buffer.from(chunk as Uint8Array);
    const text = bytes ? decoder.write(bytes) : (chunk as string);
    for (const listener of [...listeners]) listener(stream, text);
  } catch {
    // A script’s own output must not fail because it is listened to.
  }
}
