import { expect, test } from 'vitest';
import { eventText } from '../../web/pages/run/event-text.ts';

const event = (type: string, actor: string, detail: Record<string, unknown>) => ({ id: 1, at: 0, type, actor, detail });

test.each([
  [event('queued', 'ada', {}), 'queued by ada'],
  [event('claimed', 'box-1', { attempt: 2, worker: 'box-1' }), 'claimed by box-1 · attempt 2'],
  [event('finished', 'ada', { attempt: 1, status: 'finished' }), 'finished by ada · attempt 1'],
  [event('lost', '', { attempt: 1, status: 'queued', note: '', layers: [] }), 'lost · attempt 1 · status queued'],
])('an event says each thing once: %o', (given, text) => {
  expect(eventText(given)).toBe(text);
});
