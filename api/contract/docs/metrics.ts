import { metricRoutes } from '../metrics.ts';
import { docs } from './doc.ts';

const at = 1_764_000_000_000;

export const metricDocs = docs(metricRoutes, {
  logRun: {
    description:
      'NaN and the infinities travel as the strings `"NaN"`, `"Infinity"`, `"-Infinity"`. With `attempt`, `token` and sequence numbers (`session` of the run’s registration) a repeated call changes nothing; without them points are appended each time.',
    parameters: { id: 'The run’s id.' },
    examples: {
      sequence: {
        params: { id: '{{createRun/script.id}}' },
        body: {
          attempt: 1,
          token: '{{createRun/script.session.token}}',
          firstSeq: 1,
          lastSeq: 2,
          series: [
            { key: 'loss', steps: [1, 2], times: [at, at + 1000], values: [0.69, 0.52] },
            { key: 'grad_norm', steps: [1], times: [at], values: ['NaN'] },
          ],
          lines: [{ at, text: 'epoch 1 of 2' }],
        },
      },
      plain: {
        params: { id: '{{createRun/script.id}}' },
        body: { series: [{ key: 'accuracy', steps: [1], times: [at], values: [0.5] }] },
        after: ['logRun'],
      },
    },
  },
  readMetrics: {
    description:
      'A series with no more than `points` in range is exact. Any other has one entry a bucket of the reply’s one grid: count, first, last (`value`), min, max, mean of the finite values, and how many were NaN or infinite.',
    parameters: {
      runs: 'Up to 200 ids, separated by commas.',
      keys: 'Up to 200 metrics, separated by commas.',
      points: 'Buckets of a series at most.',
      axis: '`step`; `wall` (time); `relative` (seconds of running); `epoch`, from the run’s own `epoch` metric.',
    },
    examples: { exact: { query: { runs: '{{createRun/script.id}}', keys: 'loss,grad_norm' }, after: ['logRun'] } },
  },
  readHistory: {
    description:
      'The whole history as a stream, as large as it is. Points of one key come in the order logged; keys take turns.',
    parameters: {
      id: 'The run’s id.',
      keys: 'Metrics, separated by commas; without, all.',
      from: 'The first step, included.',
      to: 'The last step, included.',
    },
    produces: ['application/x-ndjson', 'text/csv', 'application/vnd.apache.arrow.stream'],
    examples: {
      csv: { params: { id: '{{createRun/script.id}}' }, query: { keys: 'loss', format: 'csv' }, after: ['logRun'] },
    },
  },
});
