import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import recorded from '../../api/contract/docs/recorded.json' with { type: 'json' };
import { allRoutes, type Ran, runExamples } from '../support/examples.ts';
import { Replies } from '../support/open-api.ts';
import type { FrontServer, OpenFront } from './front-server.ts';

/** What a value consists of, without what differs from server to server. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (value === null || typeof value !== 'object') return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shape(each)]));
}

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
        expect({ contentType, body: shape(body) }, name).toEqual({ ...was, body: shape(was.body) });
      }
      expect(Object.keys(known).toSorted()).toEqual(ran.map(({ name }) => name).toSorted());
    });
  });
}
