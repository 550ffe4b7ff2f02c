import { searchRoutes } from '../search.ts';
import { docs } from './doc.ts';

export const searchDocs = docs(searchRoutes, {
  groupRuns: {
    description:
      'Runs whose fields of `by` are equal are one group; those without the value are a group of their own (null). Values that are not finite are left out of the statistics. A group’s runs are `GET /runs?members=…` with its `members`.',
    parameters: {
      by: 'At most four fields, separated by commas.',
      values: 'At most eight fields, separated by commas.',
      quantiles: 'From 0 to 1, separated by commas; linear interpolation.',
      sort: '`runs`, fields of `by`, or fields of `values` (by their mean); `-` in front: the largest first.',
    },
    examples: {
      byParam: { query: { by: 'params.lr', values: 'metrics.loss.min' }, after: ['createRun/script', 'logRun'] },
    },
  },
  listKeys: {
    description:
      'With `tree=true` keys are one up to the first `/` or `.` behind the prefix: `keys` says how many, `leaf` whether it is a key itself.',
    parameters: {
      kind: 'Which keys.',
      varies: '`true`: only keys in which runs differ.',
      tree: '`true`: one level of the tree under `prefix`.',
    },
    examples: { metrics: { query: { kind: 'metrics', count: 'true' }, after: ['logRun'] } },
  },
});
