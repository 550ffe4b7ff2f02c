import { runRoutes } from '../runs.ts';
import { docs } from './doc.ts';

const config = {
  data: { path: 'cats_vs_dogs_small', image_size: [180, 180], validation_split: 0.3 },
  model: 'convnet',
  epochs: 30,
};
const id = 'The run’s id: 32 hexadecimal characters.';
const script = '0193a6f0c0de7000a000000000000017';

export const runDocs = docs(runRoutes, {
  createRun: {
    description:
      'With `config` (JSON, or YAML as one text) the run is validated whole — every layer with its shape, the optimizer, the loss, the monitor — and queued; refused, nothing is written. Without, it starts at once, and `session` of the reply is what its script logs with. With an `id` of your own, or an `Idempotency-Key`, the same request may be sent again.',
    examples: {
      config: { body: { experiment: 'cats-vs-dogs', name: 'a first try', config } },
      yaml: {
        body: {
          experiment: 'cats-vs-dogs',
          config: 'data:\n  path: cats_vs_dogs_small\n  validation_split: 0.3\nmodel: convnet\nepochs: 3\n',
          priority: -1,
        },
      },
      script: {
        body: { id: script, experiment: 'my script', params: { lr: 0.01, batch_size: 32 }, tags: { team: 'vision' } },
      },
    },
  },
  validateConfig: {
    description:
      'Nothing is written. `layers` has each layer with its output’s shape and its parameters; `issues` what is wrong, by its place.',
    examples: {
      good: { body: { config } },
      bad: { body: { config: { ...config, epochs: 0 } } },
    },
  },
  listRuns: {
    description:
      'Pages stay whole while runs come and go. `columns` leaves only what a table shows, `spark` adds a small course of one metric to each run.',
    parameters: {
      ordinal: 'Only the run of this number in its experiment.',
      idTail: 'Only the run whose id ends so: the last 4 to 32 characters.',
      members: '`members` of a group of `GET /groups`: only its runs.',
      columns: 'Runs then hold these params, metrics and tags only: `params.lr,metrics.val_loss,tags.team`.',
      spark: 'A metric, whose course every run then holds in at most 24 buckets.',
    },
    examples: {
      newest: { query: { limit: 2 }, after: ['createRun', 'logRun'] },
      filtered: {
        query: {
          filter: 'params.lr < 0.1 and metrics.loss.min < 1',
          sort: 'metrics.loss.min',
          columns: 'params.lr,metrics.loss',
          count: 'true',
        },
        after: ['logRun'],
      },
    },
  },
  getRun: {
    description: 'With its config as written and as resolved, layers, attempts, checkpoints and events.',
    parameters: { id },
    examples: { one: { params: { id: '{{createRun.id}}' } } },
  },
  updateRun: {
    description:
      'Fields that are left out stay as they are; a tag of `null` is removed. The priority counts while the run is queued.',
    parameters: { id },
    examples: {
      note: {
        params: { id: '{{createRun.id}}' },
        body: { note: 'Baseline, **without** augmentation.', tags: { baseline: 'yes' } },
      },
    },
  },
  cancelRun: {
    description:
      'A finish that arrives before the worker noticed still wins; if the worker stays silent, the end of its lease settles it.',
    parameters: { id },
    examples: { queued: { params: { id: '{{cloneRun.id}}' } } },
  },
  cloneRun: {
    description:
      'The clone’s `clonedFrom` says what it was made from. Only runs that were registered with a config can be cloned.',
    parameters: { id },
    examples: { again: { params: { id: '{{createRun.id}}' }, body: { name: 'the same again' } } },
  },
  deleteRun: {
    description: 'Its artifacts and metrics are kept as long as it is in the trash.',
    parameters: { id },
    examples: { ended: { params: { id: '{{cloneRun.id}}' }, after: ['cancelRun'] } },
  },
  restoreRun: {
    description: 'Possible for 30 days after the deletion.',
    parameters: { id },
    examples: { back: { params: { id: '{{cloneRun.id}}' }, after: ['deleteRun'] } },
  },
  emptyTrash: {
    description:
      'The next ticks of the server remove them with their metrics, artifacts and events, one after the other; until then they can be restored.',
    parameters: { runs: 'Ids, separated by commas; all in the trash when left out.' },
    examples: { none: { query: {}, after: ['restoreRun'] } },
  },
  runNotes: {
    description: 'The note that the run was registered with is the last.',
    parameters: { id },
    examples: { versions: { params: { id: '{{createRun.id}}' }, after: ['updateRun'] } },
  },
  finishRun: {
    description:
      'For runs that were registered without a config. `finalSeq` is the number of the last batch sent (0: none had one): an end never overtakes its metrics.',
    parameters: { id },
    examples: {
      finished: {
        params: { id: '{{createRun/script.id}}' },
        body: {
          attempt: 1,
          token: '{{createRun/script.session.token}}',
          finalSeq: 2,
          outcome: 'finished',
        },
        last: true,
        after: ['logRun'],
      },
    },
  },
  runLines: {
    description:
      '`next` is the `after` of the next page. A page of long lines has fewer than `limit`: the end is where `next` is the `after` that was asked.',
    parameters: { id, after: 'Only lines after this one.' },
    examples: { all: { params: { id: '{{createRun/script.id}}' }, after: ['logRun'] } },
  },
});
