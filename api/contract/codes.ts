import type { ErrorCode } from './errors.ts';
import type { Route } from './route.ts';

/** A route that makes something new each time: it takes an `Idempotency-Key`. */
export const creates = (route: Route): boolean =>
  route.method === 'POST' && route.status === 201 && route.body !== 'bytes' && route.scope !== 'public';

/** Every error that a route may answer: its own, and what stands before and around all of them. */
export function codesOf(route: Route): ErrorCode[] {
  const codes = new Set<ErrorCode>(route.errors);
  if (route.params || route.query || route.body || creates(route)) codes.add('invalid_request');
  if (route.scope !== 'public') for (const code of ['unauthorized', 'forbidden'] as const) codes.add(code);
  if (creates(route)) codes.add('conflict');
  if (route.body) codes.add('too_large');
  if (route.ifMatch) codes.add('precondition_failed');
  for (const code of ['rate_limited', 'internal', 'unavailable'] as const) codes.add(code);
  return [...codes];
}
