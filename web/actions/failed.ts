import { ApiError } from '@tidemark/client';
import { toast } from '../state/toasts.ts';

/** What a refused action says: the server's own sentence and what to do about it. */
export function failed(what: string, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof ApiError && error.hint ? ` ${error.hint}` : '';
  toast(`${what}: ${message}${hint}`, { error: true });
}
