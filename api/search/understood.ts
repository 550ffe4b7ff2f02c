import { ApiError } from '../errors.ts';
import { SearchError } from './syntax.ts';

/** Runs a parser over a query parameter. Errors: invalid_request, which names the character that cannot be understood. */
export function understood<T>(name: string, text: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof SearchError)) throw error;
    const { span, message, allowed } = error;
    const column = span.at + 1;
    throw new ApiError('invalid_request', `${name}, character ${column}: ${message}`, {
      details: [
        {
          path: ['query', name],
          message,
          value: span.text,
          line: 1,
          column,
          ...(allowed === undefined ? {} : { allowed }),
        },
      ],
    });
  }
}
