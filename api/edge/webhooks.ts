import { retryAfterOf, type WebhookPort } from '../webhooks/port.ts';
import { refusedUrl } from '../webhooks/url.ts';

/** Webhooks by `fetch`, which on Cloudflare reaches the public internet only. */
export const edgeWebhooks = (allowPrivate: boolean): WebhookPort => ({
  allowPrivate,
  async post(url, { headers, body, timeoutSeconds }) {
    const refused = refusedUrl(url, allowPrivate);
    if (refused !== null) return { status: null, error: refused };
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers,
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutSeconds * 1000),
      });
      await response.body?.cancel();
      return { status: response.status, retryAfter: retryAfterOf(response.headers.get('retry-after')) };
    } catch (error) {
      const late = error instanceof Error && error.name === 'TimeoutError';
      return { status: null, error: late ? `no answer within ${timeoutSeconds} s` : String(error).slice(0, 300) };
    }
  },
});
