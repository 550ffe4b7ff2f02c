import { modelRoutes } from '../models.ts';
import { docs } from './doc.ts';

const name = 'The model’s name.';
const version = 'Its number, an alias (`@champion`), or `latest`: the newest that is ready.';
const alias = 'The alias, without `@`.';
const model = 'cats-vs-dogs';
const first = { name: model, version: '1' };
const aliases = '`remove`: aliases that name it go too; without, they make it a conflict.';

export const modelDocs = docs(modelRoutes, {
  createModel: {
    description:
      'A name is one line without `/`, `:` and `@`, so that `models:/NAME/3` and `models:/NAME@champion` can be read. `createModelVersion` with `createModel` makes one by the way.',
    examples: {
      one: { body: { name: model, description: 'Which of the two is on a *photograph*.', tags: { task: 'images' } } },
    },
  },
  listModels: {
    description: '`q` looks into names, descriptions and values of tags.',
    examples: { all: { query: { limit: 10 }, after: ['createModelVersion'] } },
  },
  getModel: {
    description: 'With its aliases, and how many versions it has.',
    parameters: { name },
    examples: { one: { params: { name: model }, after: ['createModelVersion'] } },
  },
  updateModel: {
    description: 'Versions, aliases and history go with a new name; references by the old one are not found any more.',
    parameters: { name },
    examples: {
      described: {
        params: { name: model },
        body: { description: 'Cat or dog?', tags: { task: null } },
        after: ['createModel'],
      },
    },
  },
  deleteModel: {
    description: 'Bytes that nothing else names are removed an hour later.',
    parameters: { name, aliases },
    examples: {
      whole: {
        params: { name: model },
        query: { aliases: 'remove' },
        last: true,
        after: ['deleteModelAlias', 'deleteModelVersion', 'deleteModelVersion', 'getModel'],
      },
    },
  },
  modelHistory: {
    description:
      'Every change of the model, its versions, stages and aliases with who made it. Of an alias `detail.from` says what it named before.',
    parameters: { name },
    examples: { newest: { params: { name: model }, query: { limit: 2 }, after: ['setModelAlias'] } },
  },
  createModelVersion: {
    description:
      'The version has the bytes that the checkpoint or artifact has now: neither retention nor the trash take them away. `lineage` keeps what the run was: experiment, dataset, what it started from, the checkpoint’s step and metrics.',
    parameters: { name },
    examples: {
      artifact: {
        params: { name: model },
        body: {
          source: { run: '{{createRun/script.id}}', artifact: 'notes/hello.txt' },
          aliases: ['champion'],
          description: 'the first',
        },
        after: ['createModel', 'putArtifact'],
      },
      elsewhere: {
        params: { name: model },
        body: { source: { uri: 's3://models/cats-vs-dogs/7' }, createModel: true },
        after: ['createModelVersion/artifact'],
      },
    },
  },
  listModelVersions: {
    description: 'Newest first.',
    parameters: {
      name,
      run: 'Only those made from this run.',
      stage: 'Only those in this stage.',
    },
    examples: { all: { params: { name: model }, after: ['createModelVersion/elsewhere'] } },
  },
  getModelVersion: {
    description: '`config` is the resolved config of the run it was made from, null for a script’s own run.',
    parameters: { name, version },
    examples: {
      alias: { params: { name: model, version: '@champion' }, after: ['createModelVersion'] },
    },
  },
  updateModelVersion: {
    description: 'Stages are MLflow’s, from before aliases: they say something, and nothing follows from them.',
    parameters: { name, version },
    examples: {
      tagged: {
        params: first,
        body: { tags: { checked: 'by hand' }, stage: 'Staging' },
        after: ['createModelVersion'],
      },
    },
  },
  deleteModelVersion: {
    description: 'Its number is not used again. Bytes that nothing else names are removed an hour later.',
    parameters: { name, version, aliases },
    examples: {
      one: {
        params: { name: model, version: '2' },
        last: true,
        after: ['listModelVersions', 'createModelVersion/elsewhere'],
      },
    },
  },
  modelFiles: {
    description: 'A checkpoint is one file; a folder of artifacts has its files by their paths in it.',
    parameters: { name, version },
    examples: { one: { params: first, after: ['createModelVersion'] } },
  },
  downloadModel: {
    description: 'Of an alias: the version that it names in that moment.',
    parameters: { name, version, path: 'The file’s path in the version; not needed where it has one file.' },
    examples: { champion: { params: { name: model, version: '@champion' }, after: ['createModelVersion'] } },
  },
  modelLineage: {
    description: '`run` is null once the run was removed for good; `version.lineage` still says what it was.',
    parameters: { name, version },
    examples: { one: { params: first, after: ['createModelVersion'] } },
  },
  setModelAlias: {
    description:
      'With `expected` it moves only from that version (null: from none), so that of two who promote at once one is told.',
    parameters: { name, alias },
    examples: {
      promoted: {
        params: { name: model, alias: 'shadow' },
        body: { version: 1, expected: null },
        after: ['createModelVersion'],
      },
    },
  },
  deleteModelAlias: {
    description: 'The history keeps what it named.',
    parameters: { name, alias },
    examples: {
      one: { params: { name: model, alias: 'shadow' }, last: true, after: ['setModelAlias', 'modelHistory'] },
    },
  },
});
