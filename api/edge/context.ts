import type { Person, Principal } from '../deps.ts';
import type { BytesPhase } from '../handler.ts';

/** What the Worker tells a project's object beside the request; the Worker takes it off what clients send. */
export const CONTEXT_HEADER = 'x-tidemark-context';
/** The object's word that nobody created this project. */
export const UNKNOWN_HEADER = 'x-tidemark-unknown';

export interface EdgeContext {
  readonly slug: string;
  readonly address?: string;
  readonly bytes?: BytesPhase;
  readonly person?: Person;
  readonly principal?: Principal;
}
