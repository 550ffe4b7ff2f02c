import type { Delivery } from '@tidemark/api/contract/webhooks';

/** What came of a message so far: `delivered, 204 in 31 ms`. */
export function outcome({ state, attempts }: Delivery): string {
  const last = attempts.at(-1);
  if (!last) return 'not sent yet';
  const what = last.error ?? String(last.status);
  const more = attempts.length > 1 ? `, attempt ${attempts.length}` : '';
  return `${state}, ${what} in ${last.milliseconds} ms${more}`;
}
