import type { RunDetail } from '@tidemark/api/contract/runs';

type Event = RunDetail['events'][number];

/** One line for an event: its type in words, by whom, and the details that are plain values and say something new. */
export function eventText({ type, actor, detail }: Event): string {
  const told = Object.entries(detail)
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .filter(([, value]) => value !== '' && value !== actor && value !== type)
    .map(([key, value]) => `${key} ${String(value)}`);
  const who = actor && actor !== 'worker' ? ` by ${actor}` : '';
  return [`${type.replaceAll('_', ' ')}${who}`, ...told].join(' · ');
}
