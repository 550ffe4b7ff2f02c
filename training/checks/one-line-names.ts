import { shown } from '../issues.ts';
import type { Check } from './check.ts';

/** Names stand in tables, terminals and logs, each on one line. */
export const namesAreOneLine: Check = (config) =>
  (['experiment', 'name'] as const).flatMap((key) => {
    const value = config[key];
    if (value === undefined || !/\p{Cc}/u.test(value)) return [];
    return [
      { path: [key], message: `\`${key}\` has control characters`, value: shown(value), allowed: 'one line of text' },
    ];
  });
