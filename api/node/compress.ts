import { promisify } from 'node:util';
import { constants, gzipSync, gzip as gzipWith } from 'node:zlib';

const gzip = promisify(gzipWith);
const WORTH = 1024;
/** More than this takes longer than a turn of the event loop should, so another thread does it. */
const SHORT = 64 * 1024;
/** The fastest: a reply is made once and sent once. */
const options = { level: constants.Z_BEST_SPEED };

/**
 * A read's text, compressed where that saves something: replies of a kilobyte and more. A peer on this machine gets it as it is (there
 * is no network to save), unless it is a proxy that says whom it speaks for. What is compressed already, or cut by Range, stays.
 */
export async function compressed(request: Request, response: Response, address: string): Promise<Response> {
  const { headers, body } = response;
  const type = headers.get('content-type') ?? '';
  if (request.method !== 'GET' || response.status !== 200 || body === null || headers.has('content-encoding'))
    return response;
  if (!/^(application\/(json|x-ndjson)|text\/)/.test(type)) return response;
  if (!/\bgzip\b/.test(request.headers.get('accept-encoding') ?? '')) return response;
  if (isLocal(address) && !request.headers.has('x-forwarded-for')) return response;
  if (!type.startsWith('application/json')) {
    // Made while it is sent: nobody knows how long it will be.
    return zipped(response, body.pipeThrough<Uint8Array>(new CompressionStream('gzip')));
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes.byteLength < WORTH) return new Response(bytes, response);
  return zipped(response, bytes.byteLength <= SHORT ? gzipSync(bytes, options) : await gzip(bytes, options));
}

function zipped(response: Response, body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>): Response {
  const reply = new Response(body, response);
  reply.headers.set('content-encoding', 'gzip');
  reply.headers.delete('content-length');
  reply.headers.append('vary', 'accept-encoding');
  return reply;
}

const isLocal = (address: string): boolean => /^(127\.|::1$|::ffff:127\.)/.test(address);
