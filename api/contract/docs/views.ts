import { viewRoutes } from '../views.ts';
import { docs } from './doc.ts';

const id = 'The view’s number.';
const state = { filter: 'metrics.loss.min < 1', sort: 'metrics.loss.min', columns: ['params.lr', 'metrics.loss.min'] };

export const viewDocs = docs(viewRoutes, {
  createView: {
    description:
      'A filter, sort or column that could not be understood is refused with its place, as `GET /runs` would.',
    examples: { best: { body: { name: 'best first', state } } },
  },
  listViews: {
    description: 'Views of all experiments are listed with every experiment.',
    parameters: { experiment: 'An experiment’s number.' },
    examples: { all: { query: {}, after: ['createView'] } },
  },
  getView: {
    description: 'Its `version` is what a change is made on top of.',
    parameters: { id },
    examples: { one: { params: { id: '{{createView.id}}' } } },
  },
  updateView: {
    description: 'What is left out stays as it is. `If-Match` with the ETag of `GET /views/{id}` may be sent as well.',
    parameters: { id },
    examples: { renamed: { params: { id: '{{createView.id}}' }, body: { version: 1, name: 'least loss first' } } },
  },
  deleteView: {
    description: 'Snapshots that were taken of it stay.',
    parameters: { id },
    examples: { gone: { params: { id: '{{createView.id}}' }, after: ['createSnapshot'], last: true } },
  },
  createSnapshot: {
    description:
      'Of a saved view (`view`) or of any state. It keeps the first 1,000 runs as `GET /runs` shows them, with the state’s columns; its groups, where it groups; and, for `metrics`, curves of the first 100.',
    examples: {
      curves: {
        body: { state, name: 'for the report', metrics: { keys: ['loss'] } },
        after: ['logRun'],
      },
    },
  },
  listSnapshots: {
    description: 'Without what they keep.',
    parameters: { experiment: 'Taken of this experiment.', view: 'Taken of this view.' },
    examples: { all: { query: {}, after: ['createSnapshot'] } },
  },
  getSnapshot: {
    description: 'The same at any time, whatever became of its runs and of the view.',
    parameters: { id: 'The snapshot’s id.' },
    examples: { one: { params: { id: '{{createSnapshot.id}}' } } },
  },
  deleteSnapshot: {
    description: 'It cannot be undone.',
    parameters: { id: 'The snapshot’s id.' },
    examples: { gone: { params: { id: '{{createSnapshot.id}}' }, after: ['getSnapshot'], last: true } },
  },
});
