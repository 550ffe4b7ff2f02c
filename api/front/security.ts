/**
 * What the dashboard's pages may do: load from this origin only, talk to it only, and be framed by nobody. Styles may be written
 * inline, because component libraries do; scripts may not.
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; " +
    "img-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; " +
    "frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

const API_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** The reply of an API with its headers, where it has none of its own. */
export function guarded(response: Response): Response {
  const missing = Object.entries(API_HEADERS).filter(([name]) => !response.headers.has(name));
  if (response.status === 101 || missing.length === 0) return response;
  // A reply that came from elsewhere has headers that cannot be changed.
  const copy = new Response(response.body, response);
  for (const [name, value] of missing) copy.headers.set(name, value);
  return copy;
}
