import type { Person } from '../deps.ts';
import { readCookie, readPersonCookie } from '../sessions/cookie.ts';
import type { FrontDeps } from './deps.ts';

/** Whose session a request carries, where no credential of the project itself comes with it: the directory is asked only then. */
export async function personFor(
  { persons }: { persons: Pick<FrontDeps['persons'], 'find'> },
  request: Request,
  slug: string,
): Promise<Person | null> {
  if (request.headers.has('authorization') || readCookie(request, slug)) return null;
  const secret = readPersonCookie(request);
  return secret === null ? null : persons.find(secret);
}
