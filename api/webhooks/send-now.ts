import type { Delivery } from '../contract/webhooks.ts';
import type { Deps } from '../deps.ts';
import { ApiError, notFound } from '../errors.ts';
import { attemptDelivery } from './attempt.ts';
import { DELIVERY, toDelivery } from './rows.ts';
import { takeMessage } from './take.ts';

/** Sends a message now, whatever came of it before. Errors: not_found, conflict (it is just being sent). */
export async function sendNow(deps: Deps, id: string): Promise<Delivery> {
  const find = async (): Promise<Delivery> => {
    const [row] = await deps.db.all(`SELECT ${DELIVERY} FROM messages WHERE messages.id = ?`, [id]);
    if (!row) throw notFound(`message ${id}`);
    return toDelivery(row);
  };
  await find();
  const message = await takeMessage(deps, id, true);
  if (!message) {
    throw new ApiError('conflict', `${id} is waiting for its next attempt, or just being sent.`, {
      hint: 'Look again in a moment.',
    });
  }
  await attemptDelivery(deps, message, true);
  return find();
}
