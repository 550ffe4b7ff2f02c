import type { Example } from '../contract/docs/doc.ts';
import { fill, quoted } from '../contract/docs/fill.ts';
import { routeDocs } from '../contract/docs/index.ts';
import recorded from '../contract/docs/recorded.json' with { type: 'json' };
import type { Json } from './schemas.ts';

interface Shown {
  readonly name: string;
  readonly params: Json;
  readonly query: Json;
  readonly body: unknown;
  readonly headers: Json;
  readonly reply: unknown;
}

const replies = recorded as Readonly<Record<string, { contentType: string; body: unknown }>>;

/** The examples of a route with everything in them as it was when they were recorded; one that was not yet is left out. */
export function examplesOf(route: string): Shown[] {
  return Object.entries(routeDocs[route]?.examples ?? {}).flatMap(([name, example]) => {
    const reply = replies[`${route}/${name}`];
    const known: Record<string, unknown> = {};
    for (const quote of quoted(example)) known[quote] = replies[fullName(quote)]?.body;
    if (!reply || Object.values(known).includes(undefined)) return [];
    const { params = {}, query = {}, body, headers = {} } = fill(example, known) as Example & Record<string, Json>;
    return [{ name, params, query, body, headers, reply: example.fails ? undefined : reply.body }];
  });
}

const fullName = (quote: string): string =>
  quote.includes('/') ? quote : `${quote}/${Object.keys(routeDocs[quote]?.examples ?? {})[0]}`;
