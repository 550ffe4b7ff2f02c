/** A part's most bytes: a value of the database holds 2 MB. */
const PART = 1_000_000;

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array> {
  const piped: ReadableStream<Uint8Array> = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(piped).arrayBuffer());
}

/** JSON, gzipped, in parts that a row takes. */
export async function pack(content: unknown): Promise<Uint8Array[]> {
  const bytes = await through(new TextEncoder().encode(JSON.stringify(content)).slice(), new CompressionStream('gzip'));
  return Array.from({ length: Math.ceil(bytes.length / PART) }, (_, i) => bytes.slice(i * PART, (i + 1) * PART));
}

export async function unpack(parts: readonly Uint8Array[]): Promise<unknown> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return JSON.parse(new TextDecoder().decode(await through(whole, new DecompressionStream('gzip'))));
}
