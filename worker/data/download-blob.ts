import { getBlob } from '@tidemark/api/contract/artifacts';
import { type Client, NetworkError, type RetryOptions, withRetry } from '@tidemark/client';

/** The bytes that the server has under a digest; whether they are right is for the caller to check. */
export function downloadBlob(client: Client, digest: string, retry: RetryOptions): Promise<Uint8Array> {
  return withRetry(async () => {
    const response = await client.call(getBlob, { params: { digest } });
    const bytes = await response.arrayBuffer().catch((error: unknown) => {
      throw new NetworkError(client.url, 'the connection broke off', { cause: error });
    });
    return new Uint8Array(bytes);
  }, retry);
}
