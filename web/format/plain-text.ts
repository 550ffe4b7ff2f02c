import { ESCAPE_SEQUENCES } from '@tidemark/api/contract/escape-sequences';

/** A line of a console without its escape sequences. */
export const plainText = (text: string): string =>
  text.includes('\u001b') ? text.replaceAll(ESCAPE_SEQUENCES, '') : text;
