import * as z from 'zod';
import type { Route } from '../contract/route.ts';
import { ApiError } from '../errors.ts';
import { stillHolds } from './reply.ts';

/** Fields of what a GET answers that an update of the same address may change. */
export function editableBy(update: Route | undefined, read: Route | undefined): string[] {
  if (!update?.ifMatch || !(update.body instanceof z.ZodObject) || !(read?.response instanceof z.ZodObject)) return [];
  const shown = Object.keys(read.response.shape);
  return Object.keys(update.body.shape).flatMap((name) => [name, `${name}At`].filter((field) => shown.includes(field)));
}

/** Lets updates at one address in one after the other: of two that were made from the same state, the second fails. A project is open in one process. */
export function createTurns(): <T>(address: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return async (address, work) => {
    const before = last.get(address);
    const turn = (async () => {
      await before?.catch(() => {});
      return work();
    })();
    last.set(address, turn);
    try {
      return await turn;
    } finally {
      if (last.get(address) === turn) last.delete(address);
    }
  };
}

/** Errors: precondition_failed. */
export function requireMatch(header: string, now: unknown, editable: readonly string[]): void {
  if (stillHolds(header, now, editable)) return;
  throw new ApiError('precondition_failed', 'It was changed since the version that If-Match names.', {
    hint: 'Read it again, and decide anew.',
  });
}
