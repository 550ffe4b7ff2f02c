/** What came of one request: an answer's status, or why there was none. */
export type WebhookAnswer =
  | { readonly status: number; readonly retryAfter: number | null }
  | { readonly status: null; readonly error: string };

/** How a runtime sends the requests of webhooks. */
export interface WebhookPort {
  /** Whether it sends into the deployment's own network too. */
  readonly allowPrivate: boolean;
  /** One POST. Redirects are not followed, and the body of the answer is not kept. Never throws. */
  post(url: string, request: WebhookRequest): Promise<WebhookAnswer>;
}

export interface WebhookRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutSeconds: number;
}

/** Seconds of a `Retry-After` header; a date is not understood. */
export const retryAfterOf = (header: string | null | undefined): number | null =>
  header != null && /^\d{1,9}$/.test(header.trim()) ? Number(header) : null;
