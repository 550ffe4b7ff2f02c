import type { Route } from '../contract/route.ts';
import { deprecationHeaders } from './deprecation.ts';
import { etagOf, names } from './etag.ts';

/** A longer reply gets no tag: hashing it would cost more than sending it again does. */
const LONGEST_TAGGED = 512 * 1024;

/** A handler's result as the reply: JSON with the route's status, tagged where it is a read, 304 where the tag is known already. */
export function replyTo(request: Request, route: Route, result: unknown, editable: readonly string[] = []): Response {
  const headers: Record<string, string> = deprecationHeaders(route);
  if (route.status === 204) return new Response(null, { status: 204, headers });
  const text = JSON.stringify(result);
  headers['content-type'] = 'application/json';
  if (route.method === 'GET') {
    // A browser keeps it, asks each time whether it still holds, and shows it to nobody else.
    headers['cache-control'] = 'private, no-cache';
    headers.vary = 'authorization, cookie';
    if (text.length <= LONGEST_TAGGED) {
      const etag = taggedBy(text, result, editable);
      headers.etag = etag;
      const known = request.headers.get('if-none-match');
      if (known !== null && names(known, etag)) {
        delete headers['content-type'];
        return new Response(null, { status: 304, headers });
      }
    }
  }
  return new Response(text, { status: route.status, headers });
}

/** The tag of a whole reply, and behind it that of the fields which an update may change: a run that logs is not edited by that. */
function taggedBy(text: string, result: unknown, editable: readonly string[]): string {
  const whole = etagOf(text);
  return editable.length === 0 ? whole : `${whole.slice(0, -1)}.${editTag(result, editable)}"`;
}

function editTag(result: unknown, editable: readonly string[]): string {
  const object = result as Record<string, unknown>;
  return etagOf(JSON.stringify(editable.map((name) => object[name] ?? null))).slice(3, -1);
}

/** Whether `If-Match` was made from what the fields of an update are now. */
export function stillHolds(header: string, result: unknown, editable: readonly string[]): boolean {
  if (header.trim() === '*') return true;
  return header.split(',').some((tag) => /\.([0-9a-f]+)"$/.exec(tag.trim())?.[1] === editTag(result, editable));
}
