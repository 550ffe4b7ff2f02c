import { experimentRoutes } from '../experiments.ts';
import { docs } from './doc.ts';

const id = 'The experiment’s number.';

export const experimentDocs = docs(experimentRoutes, {
  createExperiment: {
    description:
      'Experiments also come into being by themselves, when a run names one that is not there yet. Names are unique in a project.',
    examples: { plain: { body: { name: 'cats-vs-dogs' } } },
  },
  listExperiments: {
    description: 'Each with how many runs it has by status, and the best of them by its primary metric.',
    parameters: { archived: '`true`: those that were archived instead.', name: 'Only the one of exactly this name.' },
    examples: { all: { after: ['createExperiment', 'createRun'] }, named: { query: { name: 'cats-vs-dogs' } } },
  },
  getExperiment: {
    description: 'As in the list.',
    parameters: { id },
    examples: { one: { params: { id: '{{createExperiment.id}}' } } },
  },
  updateExperiment: {
    description:
      'Fields that are left out stay as they are. An archived experiment keeps its runs and is only left out of lists. `primaryMetric: null` goes back to what checkpoints are kept by.',
    parameters: { id },
    examples: {
      metric: {
        params: { id: '{{createExperiment.id}}' },
        body: { primaryMetric: { key: 'val_loss', mode: 'min' } },
      },
      archive: {
        params: { id: '{{createExperiment.id}}' },
        body: { archived: true },
        last: true,
      },
    },
  },
  experimentKeys: {
    description: 'The most frequent keys first. `GET /keys` pages through all of them.',
    parameters: { id },
    examples: { all: { params: { id: '{{createExperiment.id}}' }, after: ['logRun'] } },
  },
});
