import * as z from 'zod';

/** How a client should treat each error: `retry` says whether the same request may succeed later. Callers branch on the code only. */
export const ERRORS = {
  invalid_request: { status: 400, retry: false },
  unauthorized: { status: 401, retry: false },
  forbidden: { status: 403, retry: false },
  not_found: { status: 404, retry: false },
  conflict: { status: 409, retry: false },
  stale_attempt: { status: 409, retry: false },
  metrics_pending: { status: 409, retry: false },
  precondition_failed: { status: 412, retry: false },
  too_large: { status: 413, retry: false },
  rate_limited: { status: 429, retry: true },
  internal: { status: 500, retry: true },
  unavailable: { status: 503, retry: true },
} as const;

export type ErrorCode = keyof typeof ERRORS;
export const ErrorCode = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]);

/** One thing that is wrong with a document: where, what, and what would be right. */
export const Issue = z
  .object({
    path: z.array(z.union([z.string(), z.number()])),
    message: z.string(),
    value: z.unknown().optional(),
    allowed: z.string().optional(),
    hint: z.string().optional(),
    /** Where in the text it was read from, counted from 1, if it was text. */
    line: z.int().optional(),
    column: z.int().optional(),
  })
  .meta({ id: 'Issue' });
export type Issue = z.output<typeof Issue>;

export const ErrorBody = z
  .object({
    error: z.object({
      code: ErrorCode,
      message: z.string(),
      hint: z.string().optional(),
      details: z.array(Issue).optional(),
      requestId: z.string(),
    }),
  })
  .meta({ id: 'Error' });
export type ErrorBody = z.output<typeof ErrorBody>;
