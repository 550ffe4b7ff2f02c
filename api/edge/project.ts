import { DurableObject } from 'cloudflare:workers';
import { openDurable } from '@tidemark/db/durable';
import { migrate } from '@tidemark/db/migrate';
import { migrations } from '@tidemark/db/migrations/index';
import { type Deps, defaultLimits } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { toHex } from '../hash.ts';
import { createProject, type Project } from '../project.ts';
import { replyError } from '../reply.ts';
import { tick } from '../tick.ts';
import { createToken } from '../tokens/create.ts';
import { ensureDeploymentToken } from '../tokens/deployment.ts';
import { VERSION } from '../version.ts';
import { CONTEXT_HEADER, type EdgeContext, UNKNOWN_HEADER } from './context.ts';
import { drain } from './drain.ts';
import { directoryStub, type EdgeEnv } from './env.ts';
import { openR2 } from './r2.ts';
import { createSockets } from './sockets.ts';

/** A Worker takes at most 100 MB in one request. */
const BLOB_LIMIT = 100_000_000;

interface Identity {
  readonly slug: string;
  readonly secret: string;
}

/**
 * One project: its database and the whole app in it. An object exists for any name that is asked for, but holds nothing until the
 * project is created: so a wrong address writes nothing. `default` creates itself.
 */
export class ProjectObject extends DurableObject<EdgeEnv> {
  readonly #db;
  readonly #sockets;
  #open: { deps: Deps; project: Project } | null = null;
  #alarm: number | null = null;
  #problem: string | null = null;

  constructor(ctx: DurableObjectState, env: EdgeEnv) {
    super(ctx, env);
    this.#db = openDurable(ctx.storage, { onRowsWritten: (rows) => this.onRowsWritten(rows) });
    this.#sockets = createSockets(ctx);
    void ctx.blockConcurrencyWhile(async () => {
      const identity = await ctx.storage.get<Identity>('identity');
      if (identity) await this.#start(identity);
    });
  }

  override async fetch(request: Request): Promise<Response> {
    const context = JSON.parse(request.headers.get(CONTEXT_HEADER) ?? '{}') as EdgeContext;
    if (!this.#open && context.slug === 'default') await this.#create('default');
    if (!this.#open) return new Response(null, { status: 404, headers: { [UNKNOWN_HEADER]: 'true' } });
    const { project } = this.#open;
    const url = new URL(request.url);
    if (url.pathname === '/api/v1/live' && request.headers.get('upgrade')?.toLowerCase() === 'websocket') {
      const topics = await project.admit(request);
      return topics instanceof Response ? topics : this.#sockets.accept(topics);
    }
    if (this.#problem) return replyError(new ApiError('unavailable', this.#problem), 'none');
    const { address, bytes } = context;
    const response = await project.fetch(request, { ...(address ? { address } : {}), ...(bytes ? { bytes } : {}) });
    await drain(request);
    return response;
  }

  /** Creates the project, unless it is there; answers a new admin token. */
  async create(slug: string): Promise<string> {
    const deps = await this.#create(slug);
    return (await createToken(deps, { name: 'first admin', scope: 'admin' })).secret;
  }

  override async alarm(): Promise<void> {
    this.#alarm = null;
    if (this.#open) await tick(this.#open.deps);
  }
  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    this.#sockets.message(socket, data);
  }
  override webSocketClose(socket: WebSocket, code: number): void {
    // 1005 and 1006 mean that no code came; none may be sent.
    socket.close(code === 1005 || code === 1006 ? 1000 : code);
  }
  override webSocketError(socket: WebSocket): void {
    socket.close(1011);
  }

  /** The clock. */
  protected now(): number {
    return Date.now();
  }
  protected onRowsWritten(_rows: number): void {}
  protected get deps(): Deps {
    if (!this.#open) throw new Error('this project was not created');
    return this.#open.deps;
  }

  async #create(slug: string): Promise<Deps> {
    return this.ctx.blockConcurrencyWhile(async () => {
      if (this.#open) return this.#open.deps;
      const identity = { slug, secret: toHex(crypto.getRandomValues(new Uint8Array(32))) };
      const deps = await this.#start(identity);
      await this.ctx.storage.put('identity', identity);
      if (slug === 'default') await directoryStub(this.env).add(slug, this.now());
      return deps;
    });
  }

  async #start({ slug, secret }: Identity): Promise<Deps> {
    await migrate(this.#db, migrations);
    this.#alarm = await this.ctx.storage.getAlarm();
    const deps: Deps = {
      db: this.#db,
      blobs: openR2(this.env.BLOBS, slug),
      signals: this.#sockets,
      schedule: (at) => this.#schedule(at),
      now: () => this.now(),
      rng: (length) => crypto.getRandomValues(new Uint8Array(length)),
      secret,
      slug,
      limits: { ...defaultLimits, blob: BLOB_LIMIT },
      version: VERSION,
      report: (error, requestId) => console.error(requestId, error),
    };
    if (slug === 'default') this.#problem = await ensureDeploymentToken(deps, this.env.TIDEMARK_ADMIN_TOKEN);
    this.#open = { deps, project: createProject(deps) };
    return deps;
  }

  /** Each setting is a row written: only an earlier time is worth one. */
  #schedule(at: number): void {
    if (this.#alarm !== null && this.#alarm <= at) return;
    this.#alarm = at;
    void this.ctx.storage.setAlarm(at);
  }
}
