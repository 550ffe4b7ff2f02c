import { finishAttempt } from '@tidemark/api/leases/finish';
import { logRun } from '@tidemark/api/metrics/log';
import { listRuns } from '@tidemark/api/runs/list';
import { registerRun } from '@tidemark/api/runs/register';
import { DatabaseError } from '@tidemark/db/database';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenDeps, openDeps, START } from '../support/open-libsql.ts';

// Each construct of MLflow's search grammar (its documentation of `search_runs`, and the recorded dialect), by what it finds here. One
// thing differs, and is in the docs: `metrics.a.min` is the minimum of `a`; the last value of a metric named `a.min` is `metrics."a.min"`.

const user = { name: 'alice', scope: 'admin', tokenId: null } as const;
let opened: OpenDeps;
beforeAll(async () => {
  opened = await openDeps({}, ':memory:');
  const { deps, clock } = opened;
  const add = async (
    name: string,
    params: Record<string, string>,
    tags: Record<string, string>,
    acc: number | null,
  ) => {
    clock.now += 1000;
    const run = await registerRun(deps, user, { experiment: 'mlflow', name, params, tags });
    if (acc !== null)
      await logRun(deps, run.id, {
        series: ['acc', 'my acc', 'a.min'].map((key) => ({ key, steps: [1], times: [1], values: [acc] })),
        lines: [],
      });
    return { run: run.id, attempt: 1, token: run.session!.token };
  };
  const a = await add(
    'a',
    { model: 'CNN', 'a key': 'x', 'data.dataset': 'cats@2' },
    { 'mlflow.user': 'bob', env: 'prod' },
    0.9,
  );
  await add('b', { model: 'cnn', lr: '0.1' }, { 'mlflow.parentRunId': '1' }, 0.5);
  await add('c', {}, { env: 'dev' }, null);
  await finishAttempt(deps, { holder: a, finalSeq: 0, outcome: 'finished', actor: 't' });
  await deps.db.all(
    "INSERT INTO datasets (name, version, digest, state, files, size, folders, created_at) VALUES ('cats', 2, 'd1g', 'ready', 0, 0, '[]', 0)",
  );
});
afterAll(() => opened.close());

const found = async (filter: string) =>
  (await listRuns(opened.deps, { filter, sort: 'ordinal', limit: 10 })).runs.map(({ name }) => name).join('');

describe('a filter of MLflow means here what it means there', () => {
  test.each([
    // Comparators of metrics, and the group's other name.
    ['metrics.acc = 0.9', 'a'],
    ['metrics.acc != 0.9', 'b'],
    ['metric.acc > 0.4', 'ab'],
    ['metrics.acc >= 0.5', 'ab'],
    ['metrics.acc < 0.9', 'b'],
    ['metrics.acc <= 5e-1', 'b'],
    ['metrics.acc > -1', 'ab'],
    ['metrics.`my acc` > .6', 'a'],
    ['metrics."my acc" > 0.6', 'a'],
    ['metrics."a.min" > 0.6', 'a'],
    // Params: texts in either quotes, LIKE that tells upper from lower case, ILIKE that does not, null.
    ["params.model = 'CNN'", 'a'],
    ['param.model != "CNN"', 'b'],
    ["parameters.model = 'cnn'", 'b'],
    ["parameter.model = 'cnn'", 'b'],
    ["params.model LIKE 'C%'", 'a'],
    ["params.model ILIKE 'c_N'", 'ab'],
    ["params.lr = '0.1'", 'b'],
    ["params.`a key` = 'x'", 'a'],
    ['params."a key" = "x"', 'a'],
    ['params.lr IS NULL', 'ac'],
    ['params.lr IS NOT NULL', 'b'],
    // Tags, with dots and in quotes.
    ["tags.env = 'prod'", 'a'],
    ["tag.env != 'prod'", 'c'],
    ["tags.mlflow.user = 'bob'", 'a'],
    ["tags.`mlflow.parentRunId` = '1'", 'b'],
    ['tags."mlflow.parentRunId" = \'1\'', 'b'],
    ["tags.env LIKE '%d%' AND tags.env ILIKE 'PR%'", 'a'],
    ['tags.env IS NULL', 'b'],
    // Attributes, by each name of the group and without.
    ["attributes.run_name = 'a'", 'a'],
    ["attribute.run_name = 'a'", 'a'],
    ["attr.`run_name` = 'a'", 'a'],
    ["run.run_name = 'a'", 'a'],
    ['attributes."run name" = \'a\'', 'a'],
    ["run_name IN ('a', 'c')", 'ac'],
    ["attributes.run_name NOT IN ('a')", 'bc'],
    ["attributes.status = 'FINISHED'", 'a'],
    ["status != 'FINISHED'", 'bc'],
    ["attributes.status IN ('RUNNING', 'SCHEDULED', 'FAILED', 'KILLED')", 'bc'],
    ["user_id = 'alice'", 'abc'],
    ["attributes.user_id LIKE 'ali%'", 'abc'],
    [`attributes.start_time >= ${START + 2000}`, 'bc'],
    [`start_time = ${START + 1000}`, 'a'],
    [`end_time > ${START} AND attributes.end_time < ${START + 9000}`, 'a'],
    ["artifact_uri LIKE 'mlflow-artifacts:/1/%/artifacts'", 'abc'],
    // Datasets.
    ["dataset.name = 'cats'", 'a'],
    ["datasets.name LIKE 'c%'", 'a'],
    ["dataset.digest IN ('d1g')", 'a'],
    ["dataset.context = 'training'", 'a'],
    ['metrics.acc > 0.1 and params.model = "cnn" AND status = "RUNNING"', 'b'],
  ])('%s', async (filter, names) => {
    expect(await found(filter)).toBe(names);
  });

  test('run_id, which is a text of 32 characters', async () => {
    const [run] = (await listRuns(opened.deps, { filter: "run_name = 'b'", limit: 1 })).runs;
    expect(await found(`run_id = '${run!.id}'`)).toBe('b');
    expect(await found(`attributes.run_id NOT IN ('${run!.id}')`)).toBe('ac');
  });
});

test('a mistake is shown where it is, with what was meant', async () => {
  const wrong = async (filter: string) => {
    try {
      await found(filter);
    } catch (error) {
      if (error instanceof DatabaseError) throw error;
      return error as { hint: string; details: { column: number; hint?: string }[] };
    }
    throw new Error(`${filter} is understood`);
  };
  const typo = await wrong('metrics.acc > 1 and stauts = running');
  expect(typo.hint).toBe(
    ['metrics.acc > 1 and stauts = running', '                    ^', 'Did you mean `status`?'].join('\n'),
  );
  expect(typo.details).toMatchObject([{ column: 21, hint: 'Did you mean `status`?' }]);
  expect((await wrong('status = "runing"')).details[0]!.hint).toBe('Did you mean `running`?');
  expect((await wrong('name lke "a"')).details[0]).toMatchObject({ column: 6, hint: 'Did you mean `like`?' });
  const long = await wrong(`name = "${'x'.repeat(200)}" and nme = "${'y'.repeat(200)}"`);
  const [line, caret] = long.hint.split('\n');
  expect(line!.length).toBeLessThan(90);
  expect(line!.slice(caret!.indexOf('^')).startsWith('nme')).toBe(true);
});
