import * as z from 'zod';
import { Flag, RunId } from './common.ts';
import { route } from './route.ts';
import { ConsoleStream, LineLevel, LogLine } from './runs.ts';

const params = z.object({ id: RunId });
const tag = 'console';
const attempt = z.coerce.number().int().min(1).optional();

/** A page is a range of line numbers; of it, `lines` has those that match. Lines count from 1. */
export const readConsole = route({
  method: 'GET',
  path: '/runs/{id}/console',
  tag,
  scope: 'read',
  status: 200,
  summary:
    'A run’s console, a page at a time, oldest first. `after` goes forward (and, again and again, follows); `before` goes back from a line, `tail=true` from the end.',
  params,
  query: z.object({
    after: z.coerce.number().int().min(0).optional(),
    before: z.coerce.number().int().min(1).optional(),
    tail: Flag.optional(),
    /** Lines that contain it. Colours do not count, nor does the case of A–Z. */
    search: z.string().min(1).max(200).optional(),
    stream: ConsoleStream.optional(),
    /** This level or a graver one. */
    level: LineLevel.optional(),
    attempt,
    limit: z.coerce.number().int().min(1).max(5000).default(1000),
  }),
  response: z.object({
    lines: z.array(LogLine),
    /** `after` of the page behind this one. */
    next: z.int(),
    /** `before` of the page in front of this one; 1: there is none. */
    previous: z.int(),
    /** Lines that the run has by now. */
    total: z.int(),
  }),
  errors: ['invalid_request', 'not_found'],
});

export const downloadConsole = route({
  method: 'GET',
  path: '/runs/{id}/console/download',
  tag,
  scope: 'read',
  status: 200,
  summary:
    'The whole console as a file: plain text (`ansi=true` keeps colours), or a JSON object a line as `GET /runs/{id}/console` has them.',
  params,
  query: z.object({
    format: z.enum(['text', 'ndjson']).default('text'),
    ansi: Flag.optional(),
    stream: ConsoleStream.optional(),
    attempt,
  }),
  response: 'bytes',
  errors: ['invalid_request', 'not_found'],
});
export const consoleRoutes = { readConsole, downloadConsole };
