import { nearest } from '@tidemark/training/nearest';
import { ApiError } from '../errors.ts';
import { SearchError } from './syntax.ts';

/** Runs a parser over a query parameter. Errors: invalid_request, which names the character that cannot be understood. */
export function understood<T>(
  name: string,
  text: string,
  parse: (text: string) => T,
  path: string[] = ['query', name],
): T {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof SearchError)) throw error;
    const { span, message, allowed, known } = error;
    const column = span.at + 1;
    const near = nearest(span.text.replace(/^["'-]|["']$/g, ''), known);
    const hint = near === undefined ? undefined : `Did you mean \`${near}\`?`;
    throw new ApiError('invalid_request', `${name}, character ${column}: ${message}`, {
      hint: [excerpt(text, span.at), ...(hint === undefined ? [] : [hint])].join('\n'),
      details: [
        {
          path,
          message,
          value: span.text,
          line: 1,
          column,
          ...(allowed === undefined ? {} : { allowed }),
          ...(hint === undefined ? {} : { hint }),
        },
      ],
    });
  }
}

/** Characters shown on each side of a mistake. */
const AROUND = 40;

/** The text around a place, with a caret below it. */
function excerpt(text: string, at: number): string {
  const start = Math.max(0, at - AROUND);
  // One column a character: what is wide or nothing would put the caret elsewhere.
  const shown = (part: string) => part.replaceAll(/[\p{C}\s]/gu, ' ');
  const cut = (there: boolean) => (there ? '…' : '');
  const before = `${cut(start > 0)}${shown(text.slice(start, at))}`;
  const line = `${before}${shown(text.slice(at, at + AROUND))}${cut(at + AROUND < text.length)}`;
  return `${line}\n${' '.repeat([...before].length)}^`;
}
