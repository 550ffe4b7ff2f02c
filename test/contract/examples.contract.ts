import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import recorded from '../../api/contract/docs/recorded.json' with { type: 'json' };
import { allRoutes, type Ran, runExamples } from '../support/examples.ts';
import { Replies } from '../support/open-api.ts';
import type { FrontServer, OpenFront } from './front-server.ts';

/** Where two replies differ in what they consist of. What is null may be something elsewhere: a server has a machine, or none. */
function difference(was: unknown, is: unknown, path = 'reply'): string | null {
  if (was === null || is === null) return null;
  if (Array.isArray(was) && Array.isArray(is)) {
    if ((was.length === 0) !== (is.length === 0)) return `${path} had ${was.length} entries, has ${is.length}`;
    // A server of other tests has more projects.
    return first(was.slice(0, is.length).map((each, i) => difference(each, is[i], `${path}.${i}`)));
  }
  if (typeof was !== typeof is || Array.isArray(was) !== Array.isArray(is))
    return `${path} was ${typeof was}, is ${typeof is}`;
  if (typeof was !== 'object' || typeof is !== 'object') return null;
  const names = new Set([...Object.keys(was), ...Object.keys(is)]);
  return first(
    [...names].map((name) => {
      if (!(name in was) || !(name in is)) return `${path}.${name} is in one of them`;
      return difference((was as Fields)[name], (is as Fields)[name], `${path}.${name}`);
    }),
  );
}
type Fields = Record<string, unknown>;
const first = (all: readonly (string | null)[]): string | null => all.find((each) => each !== null) ?? null;

export function frontSuite(open: OpenFront): void {
  describe('examples', () => {
    let server: FrontServer;
    let ran: Ran[];

    beforeAll(async () => {
      server = await open();
      ran = await runExamples((path, init, front) => {
        const headers = new Headers(init.headers);
        if (!headers.has('authorization'))
          headers.set('authorization', `Bearer ${front ? server.admin : server.owner}`);
        const given: RequestInit = { ...init, headers, redirect: 'manual' };
        return front ? fetch(`${server.url}${path}`, given) : server.fetch(path, given);
      });
    });
    afterAll(() => server.close());

    test('each answers with the status and the schema of the document', () => {
      const replies = new Replies();
      const complaints = ran.flatMap(({ name, status, contentType, body }) => {
        const complaint = replies.complaint(name.split('/')[0]!, status, contentType, body);
        return complaint === null ? [] : [`${name}: ${complaint}`];
      });
      expect(complaints).toEqual([]);
      expect(ran.length).toBeGreaterThanOrEqual(Object.keys(allRoutes).length);
    });

    test('what the document shows as replies is what is answered: else `npm run examples`', () => {
      const known = recorded as Readonly<Record<string, { contentType: string; body: unknown }>>;
      for (const { name, contentType, body } of ran) {
        const was = known[name] ?? { contentType: 'never recorded', body: null };
        expect(contentType, name).toBe(was.contentType);
        expect(difference(was.body, body), name).toBeNull();
      }
      expect(Object.keys(known).toSorted()).toEqual(ran.map(({ name }) => name).toSorted());
    });
  });
}
