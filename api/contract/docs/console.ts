import { consoleRoutes } from '../console.ts';
import { docs } from './doc.ts';

const id = 'The run’s id.';
const run = '{{createRun/script.id}}';
const stream = 'Only what was printed there.';
const attempt = 'Only lines of this attempt.';

export const consoleDocs = docs(consoleRoutes, {
  readConsole: {
    description: 'A page is a range of line numbers, which count from 1; of it, `lines` has those that match.',
    parameters: {
      id,
      after: 'Forward from this line.',
      before: 'Back from this line.',
      tail: '`true`: back from the end.',
      search: 'Only lines that contain it; colours do not count, nor does the case of A–Z.',
      stream,
      level: 'Only lines of this level or a graver one.',
      attempt,
    },
    examples: { tail: { params: { id: run }, query: { tail: 'true', limit: 10 }, after: ['logRun'] } },
  },
  downloadConsole: {
    description: 'The whole of it, streamed.',
    parameters: {
      id,
      format: 'Text, or a JSON object a line.',
      ansi: '`true`: colours stay in the text.',
      stream,
      attempt,
    },
    produces: ['text/plain', 'application/x-ndjson'],
    examples: { text: { params: { id: run }, after: ['logRun'] } },
  },
});
