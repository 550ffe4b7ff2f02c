import { DurableObject } from 'cloudflare:workers';
import { DirectoryObject } from '@tidemark/api/edge/directory';
import type { EdgeEnv } from '@tidemark/api/edge/env';
import { createEdgeFront } from '@tidemark/api/edge/front';
import { ProjectObject } from '@tidemark/api/edge/project';
import { tick } from '@tidemark/api/tick';
import { createToken } from '@tidemark/api/tokens/create';
import { DatabaseError, type Row, type SqlValue, type Statement } from '@tidemark/db/database';
import { openDurable } from '@tidemark/db/durable';
import { decode, encode } from '../support/wire-values.ts';

export { DirectoryObject };

type Scope = 'read' | 'write' | 'worker' | 'admin';

/** The edge's project, with its clock and its alarm in the test's hand: an alarm that comes by itself does nothing. */
export class TestProject extends ProjectObject {
  #clock = 1_764_000_000_000;
  #rows = 0;
  readonly #background = new Set<Promise<unknown>>();
  /** The real clock runs, this far behind, and alarms count. */
  #behind: number | null = null;

  protected override now(): number {
    return this.#behind === null ? this.#clock : Date.now() - this.#behind;
  }
  override async alarm(): Promise<void> {
    if (this.#behind !== null || this.isDoomed) await super.alarm();
  }
  protected override onRowsWritten(rows: number): void {
    this.#rows += rows;
  }
  protected override background(work: Promise<void>): void {
    super.background(work);
    const done = work.catch(() => {}).finally(() => this.#background.delete(done));
    this.#background.add(done);
  }
  async control(
    name: string,
    body: { to?: number; behind?: number; scope?: Scope; expiresInDays?: number; sql?: string; wait?: boolean },
  ): Promise<unknown> {
    switch (name) {
      case 'clock':
        this.#clock = body.to ?? this.#clock;
        this.#behind = body.behind ?? null;
        return { now: this.now() };
      case 'rows':
        return { rows: this.#rows };
      case 'tick':
        await tick(this.deps);
        while (body.wait !== false && this.#background.size > 0) await Promise.all(this.#background);
        return {};
      case 'alarm':
        return { at: await this.ctx.storage.getAlarm() };
      case 'sql':
        return { rows: await this.deps.db.all(body.sql ?? '') };
      case 'token': {
        const { id, secret } = await createToken(this.deps, {
          name: `a ${body.scope} token`,
          scope: body.scope ?? 'read',
          expiresInDays: body.expiresInDays,
        });
        // Used just now: the first use is not to be counted among a call's rows.
        await this.deps.db.all('UPDATE tokens SET last_used_at = ? WHERE id = ?', [this.#clock, id]);
        return { secret };
      }
      default:
        throw new Error(`no control ${name}`);
    }
  }
}

/** A bare database over the product's driver, for the conformance suite of drivers. */
export class TestDatabase extends DurableObject<EdgeEnv> {
  readonly #db = openDurable(this.ctx.storage);

  async run(
    statements: readonly Statement[],
    how: 'all' | 'batch' | 'values' | 'batchValues',
  ): Promise<{ rows: (Row | SqlValue[])[][] } | { kind: string; message: string }> {
    try {
      if (how === 'batch' || how === 'batchValues') return { rows: await this.#db[how](statements) };
      const [{ sql, params } = { sql: '' }] = statements;
      return { rows: [await this.#db[how](sql, params)] };
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      return { kind: error.kind, message: String(error.cause) };
    }
  }
}

interface TestEnv extends EdgeEnv {
  readonly TESTED: DurableObjectNamespace<TestProject>;
  readonly DATABASES: DurableObjectNamespace<TestDatabase>;
}

/** The product's Worker, and beside it `/test/{slug}/{control}`, which only this one has. */
export default {
  async fetch(request, env) {
    const [, first, slug = '', name = ''] = new URL(request.url).pathname.split('/');
    if (first === 'test') {
      const project = env.TESTED.get(env.TESTED.idFromName(slug));
      return Response.json(await project.control(name, await request.json()));
    }
    if (first === 'database') {
      const { statements, how } = decode(await request.text()) as {
        statements: Statement[];
        how: 'all' | 'batch' | 'values' | 'batchValues';
      };
      const database = env.DATABASES.get(env.DATABASES.idFromName(slug));
      return new Response(encode(await database.run(statements, how)));
    }
    return createEdgeFront({ ...env, PROJECTS: env.TESTED })(request, { address: '192.0.2.1' });
  },
} satisfies ExportedHandler<TestEnv>;
