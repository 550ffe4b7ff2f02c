import type { ErrorCode } from '../errors.ts';

/** What each error means, whether the same request may succeed again, and a message as it is shown in the document. */
export const errorDocs: Readonly<Record<ErrorCode, { meaning: string; again: string; message: string }>> = {
  invalid_request: {
    meaning: 'The request is not what this address takes; `details` name each bad value.',
    again: 'fails again',
    message: 'config.epochs: must be ≥ 1',
  },
  unauthorized: {
    meaning: 'No credential, or one that is not known, was revoked or has expired.',
    again: 'fails again',
    message: 'This needs a token.',
  },
  forbidden: {
    meaning: 'The credential may not do this.',
    again: 'fails again',
    message: 'This needs a token of scope write; yours has scope read.',
  },
  not_found: { meaning: 'There is no such thing.', again: 'fails again', message: 'There is no run 0193….' },
  conflict: {
    meaning:
      'What is there does not allow it: a name that is taken, a run that ended, an `Idempotency-Key` of another request.',
    again: 'fails until the state changes',
    message: 'There is an experiment cats-vs-dogs already.',
  },
  stale_attempt: {
    meaning: 'Another attempt has the run, or it ended. Its former holder stops.',
    again: 'never succeeds: another attempt has the run, or it ended',
    message: 'This attempt does not hold the run any more.',
  },
  metrics_pending: {
    meaning: 'A checkpoint or an end came before the metrics that belong to it.',
    again: 'succeeds once the metrics it waits for are sent',
    message: 'Metrics up to 12 are awaited; 10 are here.',
  },
  precondition_failed: {
    meaning: '`If-Match` names a version that is not the one now.',
    again: 'succeeds with the `ETag` of what is there now',
    message: 'The run was changed meanwhile.',
  },
  too_large: {
    meaning: 'The body, a file or a value is larger than the server takes.',
    again: 'fails again',
    message: 'The body is larger than 16777216 bytes.',
  },
  rate_limited: {
    meaning: 'Too many requests of this credential or address.',
    again: 'after `Retry-After`',
    message: 'Too many requests; try again in 3 s.',
  },
  internal: {
    meaning: 'A fault of the server. The request id finds it in its log.',
    again: 'may succeed',
    message: 'Something went wrong on the server. The request id finds it in its log.',
  },
  unavailable: {
    meaning: 'The server is busy, starting, or out of a quota.',
    again: 'after `Retry-After`',
    message: 'The database is busy; try again.',
  },
};
