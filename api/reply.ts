import { errorReply } from './errors.ts';

/** The reply to any exception, in the contract's shape. */
export function replyError(error: unknown, requestId: string): Response {
  const { status, body, retryAfter } = errorReply(error, requestId);
  const headers = new Headers({ 'content-type': 'application/json', 'x-request-id': requestId });
  if (retryAfter !== undefined) headers.set('retry-after', String(retryAfter));
  return new Response(JSON.stringify(body), { status, headers });
}
