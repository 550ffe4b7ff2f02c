import type { RunDetail } from '@tidemark/api/contract/runs';

type Event = RunDetail['events'][number];

/** One line for an event: its type in words, by whom, and the details that are plain values. */
export function eventText({ type, actor, detail }: Event): string {
  const told = Object.entries(detail)
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value) && value !== '')
    .map(([key, value]) => `${key} ${String(value)}`);
  const who = actor && actor !== 'worker' ? ` by ${actor}` : '';
  return [`${type.replaceAll('_', ' ')}${who}`, ...told].join(' · ');
}
