import { nearest } from '@tidemark/training/nearest';
import type * as z from 'zod';
import type { Issue } from './contract/errors.ts';

/**
 * zod's findings as ours: where, what, the value, and what would be right. At most 50, so a reply stays small. `known` are the names that the
 * document may hold.
 */
export function issuesOf(
  error: z.ZodError,
  document: unknown,
  prefix: Issue['path'] = [],
  known: readonly string[] = [],
): Issue[] {
  return error.issues
    .flatMap((issue): Issue[] => {
      const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
      // Each unknown key is marked itself, not the object that it is in.
      if (issue.code === 'unrecognized_keys')
        return issue.keys.map((key) => {
          // The names are those of the document itself; what is unknown inside of it has others.
          const names = path.length === 0 ? known : [];
          const near = nearest(key, names);
          return {
            path: [...prefix, ...path, key],
            message: 'is not known here',
            ...(names.length === 0 ? {} : { allowed: names.join(', ') }),
            ...(near === undefined ? {} : { hint: `Did you mean \`${near}\`?` }),
          };
        });
      const value = valueAt(document, path);
      const allowed = allowedOf(issue);
      return [
        {
          path: [...prefix, ...path],
          message: messageOf(issue, value, allowed),
          ...(value === undefined ? {} : { value: shortened(value) }),
          ...(allowed === undefined ? {} : { allowed }),
        },
      ];
    })
    .slice(0, 50);
}

/** A schema's own words where it has some; else ours for zod's, which speak of received NaN and undefined. */
function messageOf(issue: z.core.$ZodIssue, value: unknown, allowed: string | undefined): string {
  if (!/^(Invalid (input|option)|Too (small|big))/.test(issue.message)) return issue.message;
  if (value === undefined && issue.code !== 'invalid_union') return 'is missing';
  return allowed === undefined ? issue.message : `must be ${allowed}`;
}

function valueAt(document: unknown, path: readonly (string | number)[]): unknown {
  let value = document;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

/** A reply quotes what was wrong, not a megabyte of it. */
function shortened(value: unknown): unknown {
  if (typeof value === 'string') return value.length > 200 ? `${value.slice(0, 200)}…` : value;
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? '[…]' : '{…}';
  return value;
}

function allowedOf(issue: z.core.$ZodIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_value':
      return `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `${issue.inclusive === false ? '>' : '≥'} ${issue.minimum}${unit(issue.origin)}`;
    case 'too_big':
      return `${issue.inclusive === false ? '<' : '≤'} ${issue.maximum}${unit(issue.origin)}`;
    case 'invalid_type':
      return issue.expected;
    case 'invalid_format':
      return issue.format === 'regex' ? issue.message : issue.format;
    default:
      return undefined;
  }
}

const unit = (origin: string): string => (origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '');
