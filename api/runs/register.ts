import { DatabaseError, type SqlValue, type Statement } from '@tidemark/db/database';
import type * as z from 'zod';
import { visibleTo } from '../access/visible.ts';
import { expectProgress } from '../alerts/expect-progress.ts';
import { keepBlob } from '../blobs/sweep.ts';
import { boundRows } from '../bound-rows.ts';
import type { createRun, Run, RunDetail, Session } from '../contract/runs.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError, invalid } from '../errors.ts';
import { runEvent } from '../event.ts';
import { slugOf } from '../experiments/slug.ts';
import { sha256Hex } from '../hash.ts';
import { KEPT_ALIVE_MS, paceOf } from '../leases/pace.ts';
import { canonicalJson } from './canonical.ts';
import { type CheckedConfig, checkConfig } from './config.ts';
import { familyOf } from './family.ts';
import { getRunDetail } from './get.ts';
import { newLeaseToken, newRunId } from './id.ts';
import { readableName } from './name.ts';
import { reopenLost } from './reopen.ts';
import { requireDataset } from './require-dataset.ts';
import { requireInit } from './require-init.ts';
import { requireParent } from './require-parent.ts';
import { touchRun } from './touch.ts';

type Body = z.output<typeof createRun.body>;
export interface RegisterOptions {
  /** A script that says so keeps its run alive by calls: one that is silent for long is given up, and may go on later. */
  readonly keptAlive?: boolean;
}
export type Registered = RunDetail & { session: z.output<typeof Session> | null };

/**
 * Registers a run: with a config it is validated whole and queued, without it starts in its caller's hands. Nothing is written
 * when it is refused, and the same id with the same content changes nothing. Errors: invalid_request, conflict.
 */
export async function registerRun(
  deps: Deps,
  principal: Principal,
  body: Body,
  { keptAlive = false }: RegisterOptions = {},
): Promise<Registered> {
  const now = deps.now();
  const id = body.id ?? newRunId(now, deps.rng);
  const requestHash = await sha256Hex(canonicalJson({ ...body, id }));
  const written = checkedConfig(body);
  const experiment = body.experiment ?? written?.config.experiment;
  if (experiment === undefined) {
    throw invalid(['experiment'], 'an experiment is needed, here or in the config', {
      hint: 'experiment: cats-vs-dogs',
    });
  }
  // A restricted token's run begins with nothing that it may not read.
  const visible = visibleTo(deps, principal);
  const settled = written && (await requireDataset(visible, written));
  const checked = settled && (await requireInit(visible, settled, experiment.trim()));
  if (checked?.config.init?.digest !== undefined) {
    // Named by nothing between here and the run's row, the bytes must not be swept meanwhile.
    await keepBlob(deps, checked.config.init.digest);
  }
  if (body.parent !== undefined) await requireParent(visible, body.parent, id);
  const params = { ...checked?.params, ...body.params };
  const family = body.group ?? (await familyOf({ id, origin: checked ? 'config' : 'sdk' }, params));
  const token = newLeaseToken(deps.rng);
  const statements = [
    ...experimentStatements(experiment.trim(), principal, now),
    ...runStatements({ id, body, checked, params, family, experiment: experiment.trim(), requestHash, principal, now }),
    ...(checked ? [] : sessionStatements(id, token, now, keptAlive ? now + KEPT_ALIVE_MS : null)),
  ];
  try {
    await deps.db.batch(statements);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.kind !== 'constraint') throw error;
    await sameRequest(deps, id, requestHash, error);
    if (keptAlive) await reopenLost(deps, id, principal.name);
    return registered(deps, id);
  }
  if (!checked && keptAlive) deps.schedule(now + KEPT_ALIVE_MS);
  if (!checked) await expectProgress(deps);
  touchRun(deps, id, { queued: checked !== null });
  return registered(deps, id);
}

function checkedConfig(body: Body): CheckedConfig | null {
  if (body.config === undefined) return null;
  const result = checkConfig(body.config);
  if (result.ok) return result.checked;
  const [first] = result.issues;
  const more = result.issues.length > 1 ? ` (and ${result.issues.length - 1} more)` : '';
  const where = ['config', ...(first?.path ?? [])].join('.');
  throw new ApiError('invalid_request', `${where}: ${first?.message ?? 'not a config'}${more}`, {
    details: result.issues.map((issue) => ({ ...issue, path: ['config', ...issue.path] })),
  });
}

const experimentStatements = (name: string, principal: Principal, now: number): Statement[] => [
  {
    sql: `INSERT INTO events (at, actor, type, experiment_id, detail)
          SELECT ?, ?, 'experiment.created', (SELECT COALESCE(MAX(id), 0) + 1 FROM experiments), ?
          WHERE NOT EXISTS (SELECT 1 FROM experiments WHERE name = ?)`,
    params: [now, principal.name, JSON.stringify({ name }), name],
  },
  {
    sql: `INSERT INTO experiments (id, name, slug, created_at)
          SELECT (SELECT COALESCE(MAX(id), 0) + 1 FROM experiments), ?, ?, ?
          WHERE NOT EXISTS (SELECT 1 FROM experiments WHERE name = ?)`,
    params: [name, slugOf(name), now, name],
  },
];

interface NewRun {
  readonly id: string;
  readonly body: Body;
  readonly checked: CheckedConfig | null;
  readonly params: Run['params'];
  readonly family: string;
  readonly experiment: string;
  readonly requestHash: string;
  readonly principal: Principal;
  readonly now: number;
}

function runStatements({
  id,
  body,
  checked,
  params,
  family,
  experiment,
  requestHash,
  principal,
  now,
}: NewRun): Statement[] {
  const config = checked?.config;
  const requires = [...new Set(body.requires ?? config?.requires ?? [])];
  const statements: Statement[] = [
    {
      sql: `INSERT INTO runs (id, experiment_id, ordinal, name, status, origin, created_at, created_by, started_at, priority,
              requires, note, available_at, attempt, max_retries, monitor_key, monitor_mode, cloned_from, request_hash, parent, family)
            SELECT ?, id, next_ordinal, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM experiments WHERE name = ?`,
      params: [
        id,
        body.name ?? config?.name ?? readableName(id),
        checked ? 'queued' : 'running',
        checked ? 'config' : 'sdk',
        now,
        principal.name,
        checked ? null : now,
        body.priority ?? config?.priority ?? 0,
        JSON.stringify(requires),
        body.note ?? '',
        now,
        checked ? 0 : 1,
        config?.max_retries ?? 0,
        checked?.monitor.key ?? null,
        checked?.monitor.mode ?? null,
        body.clonedFrom ?? null,
        requestHash,
        body.parent ?? null,
        family,
        experiment,
      ],
    },
    { sql: 'UPDATE experiments SET next_ordinal = next_ordinal + 1 WHERE name = ?', params: [experiment] },
    runEvent(id, { at: now, actor: principal.name, type: checked ? 'queued' : 'started' }),
  ];
  if (checked) {
    statements.push({
      sql: 'INSERT INTO run_documents (run, written, resolved, layers) VALUES (?, ?, ?, ?)',
      params: [id, checked.written, JSON.stringify(checked.config), JSON.stringify(checked.layers)],
    });
  }
  statements.push(...paramStatements(id, params));
  if (Object.keys(body.tags ?? {}).length > 0) {
    statements.push({
      sql: 'INSERT INTO tags (run, key, value) SELECT ?, key, value FROM json_each(?)',
      params: [id, JSON.stringify(body.tags)],
    });
  }
  return statements;
}

const paramStatements = (id: string, params: Run['params']): Statement[] =>
  boundRows(
    Object.entries(params).map(([key, value]) => [key, value === null ? 'null' : typeof value, asSql(value)]),
    1,
  ).map(({ sql, params }) => ({
    sql: `INSERT INTO params (run, key, kind, value)
          SELECT ?, column1, column2, CASE column2 WHEN 'number' THEN CAST(column3 AS REAL) WHEN 'boolean' THEN CAST(column3 AS INTEGER)
            ELSE column3 END FROM ${sql}`,
    params: [id, ...params],
  }));

/** A column of any type has no boolean of its own. */
const asSql = (value: Run['params'][string]): SqlValue => (typeof value === 'boolean' ? Number(value) : value);

const sessionStatements = (id: string, token: string, now: number, expires: number | null): Statement[] => [
  { sql: 'INSERT INTO attempts (run, attempt, token, started_at) VALUES (?, 1, ?, ?)', params: [id, token, now] },
  {
    sql: 'INSERT INTO live (run, attempt, token, leased, expires, touched_at) VALUES (?, 1, ?, 0, ?, ?)',
    params: [id, token, expires, now],
  },
];

/** A constraint failed: because the very same run is there already, or because it is another one's id. */
async function sameRequest(deps: Deps, id: string, requestHash: string, cause: unknown): Promise<void> {
  const [existing] = await deps.db.all('SELECT request_hash FROM runs WHERE id = ?', [id]);
  if (!existing) throw cause;
  if (existing.request_hash !== requestHash) {
    throw new ApiError('conflict', `Run ${id} exists with other content.`, { hint: 'Send no id, or a new one.' });
  }
}

async function registered(deps: Deps, id: string): Promise<Registered> {
  const detail = await getRunDetail(deps, id);
  const [live] = await deps.db.all<{ attempt: number; token: string; acked: number }>(
    'SELECT attempt, token, acked FROM live WHERE run = ? AND leased = 0',
    [id],
  );
  if (!live) return { ...detail, session: null };
  const { nextSeconds } = paceOf(deps, id);
  return { ...detail, session: { attempt: live.attempt, token: live.token, ackedSeq: live.acked, nextSeconds } };
}
