import { AwsClient } from 'aws4fetch';
import { BlobUnavailableError } from '../blobs/store.ts';
import type { S3Settings } from '../s3-settings.ts';

export interface S3Request {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | ReadableStream<Uint8Array>;
}

export interface S3Client {
  /** Answers of failed requests come back too, for the caller to read. A request without a stream is tried three times. */
  send(method: string, key: string, request?: S3Request): Promise<Response>;
  /** An address that is good for `seconds`, with whatever headers it was signed with. */
  sign(method: string, key: string, request: Omit<S3Request, 'body'>, seconds: number): Promise<string>;
}

/** Signed requests to one bucket. `key` is empty for the bucket itself. */
export function openS3Client(settings: S3Settings): S3Client {
  const { bucket, region, endpoint, accessKeyId, secretAccessKey, sessionToken } = settings;
  const aws = new AwsClient({
    accessKeyId,
    secretAccessKey,
    region,
    service: 's3',
    retries: 0,
    ...(sessionToken ? { sessionToken } : {}),
  });
  // A server of one's own seldom has a name for each bucket; a bucket with dots has no certificate for its name.
  const base = endpoint
    ? `${endpoint.replace(/\/+$/, '')}/${bucket}`
    : bucket.includes('.')
      ? `https://s3.${region}.amazonaws.com/${bucket}`
      : `https://${bucket}.s3.${region}.amazonaws.com`;
  const urlOf = (key: string, query: Readonly<Record<string, string>> = {}): URL => {
    const url = new URL(
      `${base}/${key.split('/').map(encodeURIComponent).join('/')}`.replace(/(?<=.)\/$/, key ? '/' : ''),
    );
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  };

  async function once(method: string, key: string, { query, headers, body }: S3Request): Promise<Response> {
    const signed = await aws.sign(urlOf(key, query), { method, headers: { ...headers } });
    const init: RequestInit = { method, headers: signed.headers };
    if (body !== undefined) {
      init.body = body as NonNullable<RequestInit['body']>;
      // A fetch that may redirect tees its body, and the branch that nobody reads then holds all of it (Node's, by the standard).
      if (body instanceof ReadableStream) Object.assign(init, { duplex: 'half', redirect: 'error', window: null });
    }
    return fetch(signed.url, init);
  }

  return {
    async send(method, key, request = {}) {
      const tries = request.body instanceof ReadableStream ? 1 : 3;
      for (let attempt = 1; ; attempt++) {
        try {
          const response = await once(method, key, request);
          if (attempt >= tries || (response.status < 500 && response.status !== 429) || response.status === 501) {
            return response;
          }
          await response.body?.cancel();
        } catch (error) {
          if (attempt >= tries)
            throw new BlobUnavailableError(`S3 does not answer: ${method} ${key}`, { cause: error });
        }
        await new Promise((resolve) => setTimeout(resolve, 100 * 4 ** (attempt - 1)));
      }
    },
    async sign(method, key, { query, headers }, seconds) {
      const url = urlOf(key, { ...query, 'X-Amz-Expires': String(seconds) });
      return (await aws.sign(url, { method, headers: { ...headers }, aws: { signQuery: true } })).url;
    },
  };
}

/** @throws BlobUnavailableError with what the store said */
export async function succeeded(response: Response, what: string): Promise<Response> {
  if (response.ok) return response;
  const text = await response.text().catch(() => '');
  throw new BlobUnavailableError(
    `S3 refuses to ${what}: ${response.status} ${tagOf(text, 'Code') ?? ''} ${tagOf(text, 'Message') ?? ''}`,
  );
}

/** An element's text; null when the reply has none. */
export function tagOf(xml: string, name: string): string | null {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text === undefined ? null : unescapeXml(text);
}

/** Each element's inside. */
export const tagsOf = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'gs'))].map((match) => match[1]!);

const NAMED: Record<string, string> = { quot: '"', apos: "'", lt: '<', gt: '>', amp: '&' };
const unescapeXml = (text: string): string =>
  text.replaceAll(/&(?:#(\d+)|(\w+));/g, (all, code, name) =>
    code ? String.fromCodePoint(Number(code)) : (NAMED[name] ?? all),
  );
export const escapeXml = (text: string): string =>
  text.replaceAll(/[&<>"]/g, (char) => `&${Object.keys(NAMED).find((name) => NAMED[name] === char)};`);
