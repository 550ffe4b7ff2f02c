import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '@tidemark/api/app';
import { type Deps, defaultLimits } from '@tidemark/api/deps';
import { openDisk } from '@tidemark/api/node/disk';
import type { Database, Statement } from '@tidemark/db/database';
import { openLibsql } from '@tidemark/db/libsql';
import { migrate } from '@tidemark/db/migrate';
import { migrations } from '@tidemark/db/migrations/index';
import { type BenchOptions, median } from './bench.ts';
import { fillStatements, START } from './store/runs.ts';
import { quantile } from './store/series.ts';

// A page of 100 of 100,000 runs in one experiment, filtered by a param and a metric and sorted by a metric, from request to JSON, over
// libSQL on the disk. Filters leave from one run in two to one in thousands. Every question is asked afresh: nothing keeps answers.

const RUNS = 100_000;
const ROUNDS = 9;

export async function bench({ report, args }: BenchOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  const db = await openLibsql({ url: `file:${join(folder, 'project.db')}` });
  try {
    await migrate(db, migrations);
    const began = performance.now();
    for (const statements of fillStatements(Number(args[0] ?? RUNS))) await db.batch(statements);
    console.error(`${RUNS} runs written in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    const asked: Statement[] = [];
    const app = createApp(depsOf(db, asked, folder));
    const ask = async (path: string): Promise<number> => {
      const from = performance.now();
      const response = await app.fetch(new Request(`http://localhost/api/v1/${path}`), { principal });
      const body = await response.text();
      const took = performance.now() - from;
      if (response.status !== 200) throw new Error(`${path}: ${body}`);
      return took;
    };
    const times: { ms: number; query: string; shape: number }[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [shape, [filter, sort]] of questions(round).entries()) {
        const columns = 'params.lr,params.model,metrics.val_acc,metrics.val_loss';
        const query = `runs?${new URLSearchParams({ experiment: '1', filter, sort, columns, limit: '100' })}`;
        const ms = await ask(query);
        // The first round warms pages and statements.
        if (round > 0) times.push({ ms, query, shape });
      }
    }
    times.sort((a, b) => a.ms - b.ms);
    const at = (p: number) => times[Math.min(times.length - 1, Math.floor(times.length * p))]!.ms;
    const figure = (metric: string, value: number) =>
      report({ bench: 'search', metric, value: Number(value.toFixed(1)), unit: 'ms', rounds: times.length });
    figure('p95_ms', at(0.95));
    figure('p50_ms', at(0.5));
    figure('worst_ms', times.at(-1)!.ms);
    for (const [shape, [filter, sort]] of questions(1).entries()) {
      const mine = times.filter((one) => one.shape === shape).map(({ ms }) => ms);
      console.error(`  ${median(mine).toFixed(1)} ms, at most ${mine.at(-1)!.toFixed(1)}: ${filter}, by ${sort}`);
    }
    await explain(db, asked, times.at(-1)!.query, ask);
    for (const [plan, paths] of Object.entries(plans())) {
      const took: number[] = [];
      for (const path of paths) {
        await ask(path);
        took.push(await ask(path));
      }
      const worst = paths[took.indexOf(Math.max(...took))]!;
      report({
        bench: 'search',
        metric: `plan_${plan}_p95_ms`,
        value: Number(quantile(took, 0.95).toFixed(1)),
        unit: 'ms',
        rounds: took.length,
      });
      await explain(db, asked, worst, ask);
    }
  } finally {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const principal = { name: 'bench', scope: 'admin', tokenId: null } as const;

/** Filters and orders, with values that change from round to round. */
function questions(round: number): [filter: string, sort: string][] {
  const lr = ['0.001', '0.003', '0.01', '0.03'][round % 4]!;
  const seed = 17 * round + 3;
  const loss = (0.2 + 0.05 * (round % 10)).toFixed(2);
  return [
    [`params.lr = ${lr} and metrics.val_loss.min < ${loss}`, 'metrics.val_loss.min'],
    [`params.lr = ${lr} and metrics.val_acc.max > 0.${5 + (round % 4)}`, '-metrics.val_acc.max'],
    [`params.lr <= ${lr} and metrics.val_loss < 0.8`, '-metrics.val_acc'],
    [`params.model = "resnet" and metrics.val_acc.best > 0.6`, 'metrics.val_loss.best,-created'],
    [`params.seed = ${seed} and metrics.val_loss.min < 0.9`, 'metrics.val_loss.min'],
    [`params.lr = ${lr} and metrics.val_acc.max > 0.99${round}`, 'metrics.val_loss.min'],
    [`params.model = "vgg" and metrics.val_loss.min < 0.7`, 'metrics.epoch.max'],
    [`params.seed < 500 and metrics.val_acc > 0.5`, '-metrics.val_acc.max'],
  ];
}

/**
 * The ways that a question may be answered in, each with those that it is bad at. Along an index in the order of the answer: a filter that
 * contradicts the order, so that most runs are passed before the first is found; a first key that is equal in all runs, so that every match
 * is sorted by the second; a key that few runs have. By an index of the filter: a range, one value. Neither: every run is looked at.
 */
function plans(): Record<string, string[]> {
  const runs = (filter: string, sort: string) =>
    `runs?experiment=1&limit=100&columns=name&${new URLSearchParams({ filter, sort })}`;
  const each = [0, 1, 2, 3, 4, 5];
  const models = ['vgg', 'resnet', 'convnet'];
  const of = (path: (i: number, model: string) => string) => each.map((i) => path(i, models[i % 3]!));
  const groups = 'groups?experiment=1&by=params.model,params.lr&values=metrics';
  return {
    contradicted: of((i, model) =>
      runs(`params.model = "${model}" and metrics.val_acc.max < 0.${20 + i}`, 'metrics.val_loss.min'),
    ),
    tied: of((i, model) =>
      runs(`params.model = "${model}" and metrics.val_loss.min < 0.${6 + (i % 3)}`, 'metrics.epoch.max,-ordinal'),
    ),
    missing: of((i, model) => runs(`params.model = "${model}" and params.seed > ${i}`, '-metrics.never')),
    range: of((i) => runs(`metrics.val_loss between 0.${40 + i} and 0.${45 + i}`, '-metrics.val_acc')),
    one_value: of((i) => runs(`params.lr = ${['0.001', '0.003', '0.01'][i % 3]}`, '')),
    sort_unindexed: of((i, model) =>
      runs(i % 2 === 0 ? '' : `params.model = "${model}"`, i < 3 ? 'name' : '-duration'),
    ),
    filter_unindexed: of((i) => runs(`name like "%9999${i}"`, '')),
    group: of((i) => `${groups}.${['val_acc', 'val_loss', 'loss'][i % 3]}.${i % 2 === 0 ? 'max' : 'min'}`),
    // A keystroke in a picker of columns: 12,000 keys of a few runs, and few keys of all runs.
    keys_part: of((i) => `keys?kind=metrics&experiment=2&q=${i + 1}/w&limit=100&count=true`),
    keys_tree: of((i) => `keys?kind=metrics&experiment=2&prefix=layers/${i < 3 ? '' : i}&tree=true`),
    keys_of_all: of((i) => `keys?kind=params&experiment=1&q=${'lseabm'[i]}`),
  };
}

function depsOf(db: Database, asked: Statement[], folder: string): Deps {
  return {
    db: {
      ...db,
      batch: (statements) => {
        asked.push(...statements);
        return db.batch(statements);
      },
    },
    blobs: openDisk(join(folder, 'blobs')),
    signals: { publish: () => {}, watching: () => 0 },
    schedule: () => {},
    background: (work) => void work,
    now: () => START + RUNS * 1000,
    rng: (length) => new Uint8Array(length),
    secret: 'bench',
    slug: 'default',
    limits: defaultLimits,
    version: 'bench',
    report: (error) => console.error(error),
  };
}

async function explain(
  db: Database,
  asked: Statement[],
  query: string,
  ask: (query: string) => Promise<number>,
): Promise<void> {
  asked.length = 0;
  const ms = await ask(query);
  console.error(`${ms.toFixed(1)} ms: ${decodeURIComponent(query.replaceAll('+', ' '))}`);
  for (const { sql, params = [] } of asked) {
    const from = performance.now();
    await db.all(sql, params);
    const took = performance.now() - from;
    const plan = await db.all(`EXPLAIN QUERY PLAN ${sql}`, params);
    console.error(`- ${took.toFixed(1)} ms: ${sql.replaceAll(/\s+/g, ' ').slice(0, 160)}`);
    for (const { detail } of plan) console.error(`    ${detail}`);
  }
}
