import { archiveRoutes } from '../archive.ts';
import { docs } from './doc.ts';

const id = '5b1f0c5d2e7a4c3f9d8e6b7a0c1d2e3f405162738495a6b7c8d9e0f1a2b3c4d5';
const givenUp = '00000c5d2e7a4c3f9d8e6b7a0c1d2e3f405162738495a6b7c8d9e0f1a2b3c4d5';
const manifest = '{{exportManifest}}' as never;

export const archiveDocs = docs(archiveRoutes, {
  exportManifest: {
    description:
      'The first thing in an archive. `tidemark export` writes whole archives; these routes are what it is made of.',
    parameters: { scope: 'What the archive is of.' },
    examples: { run: { query: { scope: 'run' } } },
  },
  exportPage: {
    description: 'Without `runs` and `experiment` the whole project. The last line says how to go on.',
    parameters: { runs: 'Up to 1,000 ids, separated by commas.', experiment: 'The experiment’s number.' },
    produces: ['application/x-ndjson'],
    examples: { run: { query: { runs: '{{createRun/script.id}}' }, after: ['logRun'] } },
  },
  openImport: {
    description: 'The id is the SHA-256 of the archive, so that the same archive goes on where it was.',
    parameters: { id: 'The archive’s SHA-256, in hexadecimal.' },
    examples: {
      copy: { params: { id }, body: { manifest, as: 'new' }, last: true },
      another: { params: { id: givenUp }, body: { manifest, as: 'new' }, last: true },
    },
  },
  importPage: {
    description: 'Nothing of it is visible before the commit.',
    parameters: { id: 'The import’s id.', page: 'The page’s number, from 1.' },
    examples: { first: { params: { id, page: 1 }, body: '{{exportPage}}', last: true, after: ['openImport'] } },
  },
  commitImport: {
    description: '`kept` names what was here already and stayed as it was.',
    parameters: { id: 'The import’s id.' },
    examples: { whole: { params: { id }, body: { pages: 1 }, last: true, after: ['importPage'] } },
  },
  abortImport: {
    description: 'Before its commit only.',
    parameters: { id: 'The import’s id.' },
    examples: { one: { params: { id: givenUp }, last: true, after: ['openImport/another'] } },
  },
});
