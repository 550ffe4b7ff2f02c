import { invalid } from '../errors.ts';

const TOPIC = /^(queue|changes|run:[0-9a-f]{32})$/;
// A Durable Object keeps them with the socket, in 2 kB.
const MOST = 40;

/** The topics of `?topics=queue,run:ID`; without, one that fits who asks. Errors: invalid_request. */
export function topicsOf(request: Request, fallback: 'queue' | 'changes'): string[] {
  const given = new URL(request.url).searchParams.get('topics');
  if (given === null) return [fallback];
  const topics = [...new Set(given.split(',').filter((topic) => topic !== ''))];
  const wrong = topics.find((topic) => !TOPIC.test(topic));
  if (wrong !== undefined) {
    throw invalid(['query', 'topics'], 'is no topic', {
      value: wrong.slice(0, 100),
      allowed: 'queue, changes, run:ID',
    });
  }
  return topics.slice(0, MOST);
}

/** What a socket sends, `{"topics":[…]}`, replaces what it watches; null: not that. */
export function topicsIn(message: string): string[] | null {
  if (message.length > 10_000) return null;
  try {
    const value: unknown = JSON.parse(message);
    if (typeof value !== 'object' || value === null || !('topics' in value) || !Array.isArray(value.topics))
      return null;
    const topics: unknown[] = value.topics;
    const known = topics.filter((topic): topic is string => typeof topic === 'string' && TOPIC.test(topic));
    return [...new Set(known)].slice(0, MOST);
  } catch {
    return null;
  }
}
