import { DurableObject } from 'cloudflare:workers';
import { openDurable } from '@tidemark/db/durable';
import { migrate } from '@tidemark/db/migrate';
import { migrations } from '@tidemark/db/migrations/index';
import { writeAudit } from '../audit/write.ts';
import { type Deps, defaultLimits } from '../deps.ts';
import type { ProjectDirectory } from '../directory/port.ts';
import { ApiError } from '../errors.ts';
import { toHex } from '../hash.ts';
import { createProject, type Project } from '../project.ts';
import { createTeller, type Teller } from '../projects/teller.ts';
import { updateProject } from '../projects/update.ts';
import { replyError } from '../reply.ts';
import { tick } from '../tick.ts';
import { createToken } from '../tokens/create.ts';
import { ensureDeploymentToken } from '../tokens/deployment.ts';
import { VERSION } from '../version.ts';
import { clearBucket } from './clear-bucket.ts';
import { CONTEXT_HEADER, type EdgeContext, UNKNOWN_HEADER } from './context.ts';
import { drain } from './drain.ts';
import { directoryStub, type EdgeEnv } from './env.ts';
import { openR2 } from './r2.ts';
import { createSockets } from './sockets.ts';
import { edgeWebhooks } from './webhooks.ts';

/** A Worker takes at most 100 MB in one request. */
const BLOB_LIMIT = 100_000_000;
/** What R2 takes in one put, which joins the parts: 5 GiB less 5 MiB. */
const UPLOAD_LIMIT = 5 * 2 ** 30 - 5 * 2 ** 20;

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
  #open: { deps: Deps; project: Project; teller: Teller } | null = null;
  #doomed: Identity | null = null;
  #alarm: number | null = null;
  #problem: string | null = null;

  constructor(ctx: DurableObjectState, env: EdgeEnv) {
    super(ctx, env);
    this.#db = openDurable(ctx.storage, { onRowsWritten: (rows) => this.onRowsWritten(rows) });
    this.#sockets = createSockets(ctx);
    void ctx.blockConcurrencyWhile(async () => {
      const identity = await ctx.storage.get<Identity>('identity');
      if (!identity) return;
      if (await ctx.storage.get('doomed')) this.#doomed = identity;
      else await this.#start(identity);
    });
  }

  override async fetch(request: Request): Promise<Response> {
    const context = JSON.parse(request.headers.get(CONTEXT_HEADER) ?? '{}') as EdgeContext;
    if (!this.#open && context.slug === 'default') await this.#create('default');
    if (!this.#open) return new Response(null, { status: 404, headers: { [UNKNOWN_HEADER]: 'true' } });
    const { project } = this.#open;
    const { address, bytes, person, principal } = context;
    const told = {
      ...(address ? { address } : {}),
      ...(bytes ? { bytes } : {}),
      ...(person ? { person } : {}),
      ...(principal ? { principal } : {}),
    };
    const url = new URL(request.url);
    if (url.pathname === '/api/v1/live' && request.headers.get('upgrade')?.toLowerCase() === 'websocket') {
      const topics = await project.admit(request, told);
      return topics instanceof Response ? topics : this.#sockets.accept(topics);
    }
    if (this.#problem) return replyError(new ApiError('unavailable', this.#problem), 'none');
    const response = await project.fetch(request, told);
    await drain(request);
    return response;
  }

  /** Creates the project, unless it is there; answers a new admin token. */
  async create(slug: string, title = ''): Promise<string> {
    const deps = await this.#create(slug);
    if (title !== '') await updateProject(deps, SERVER, { title });
    return (await createToken(deps, { name: 'first admin', scope: 'admin' })).secret;
  }

  /** Into the audit log, in the name of somebody whom the front knows. */
  async note(action: string, target: string, name: string, address: string): Promise<void> {
    const deps = this.#open?.deps ?? (await this.#create('default'));
    await writeAudit(deps, { action, target, by: { ...SERVER, name }, address, requestId: '' });
  }

  /** Answers nothing from now on; what it holds goes by alarms, a piece each. */
  async destroy(): Promise<void> {
    const slug = this.#open?.deps.slug;
    if (slug === undefined) return;
    await this.ctx.storage.put('doomed', true);
    this.#doomed = (await this.ctx.storage.get<Identity>('identity')) ?? null;
    this.#open = null;
    for (const socket of this.ctx.getWebSockets()) socket.close(1001, 'the project is deleted');
    await this.ctx.storage.setAlarm(this.now());
  }

  protected get isDoomed(): boolean {
    return this.#doomed !== null;
  }

  override async alarm(): Promise<void> {
    this.#alarm = null;
    if (this.#doomed) return this.#destroyMore(this.#doomed);
    if (!this.#open) return;
    await tick(this.#open.deps);
    await this.#open.teller.tick();
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
  protected background(work: Promise<void>): void {
    this.ctx.waitUntil(work.catch((error) => console.error('in the background', error)));
  }
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

  async #destroyMore({ slug }: Identity): Promise<void> {
    if (!(await clearBucket(this.env.BLOBS, slug))) {
      await this.ctx.storage.setAlarm(Date.now() + 1000);
      return;
    }
    await this.ctx.storage.deleteAll();
    await this.ctx.storage.deleteAlarm();
    this.#doomed = null;
    await directoryStub(this.env).remove(slug);
  }

  async #start({ slug, secret }: Identity): Promise<Deps> {
    await migrate(this.#db, migrations);
    this.#alarm = await this.ctx.storage.getAlarm();
    const teller = createTeller(() => deps, this.#sockets);
    const deps: Deps = {
      db: this.#db,
      blobs: openR2(this.env.BLOBS, slug),
      signals: teller.signals,
      directory: this.#directoryOf(slug),
      schedule: (at) => this.#schedule(at),
      background: (work) => this.background(work),
      now: () => this.now(),
      rng: (length) => crypto.getRandomValues(new Uint8Array(length)),
      secret,
      slug,
      limits: {
        ...defaultLimits,
        blob: BLOB_LIMIT,
        upload: UPLOAD_LIMIT,
        requestsPerSecond: rateOf(this.env.TIDEMARK_RATE_LIMIT),
      },
      version: VERSION,
      webhooks: edgeWebhooks(this.env.TIDEMARK_PRIVATE_WEBHOOKS === 'true'),
      databaseBytes: async () => this.ctx.storage.sql.databaseSize,
      report: (error, requestId) => console.error(requestId, error),
    };
    if (slug === 'default') this.#problem = await ensureDeploymentToken(deps, this.env.TIDEMARK_ADMIN_TOKEN);
    this.#open = { deps, project: createProject(deps), teller };
    return deps;
  }

  #directoryOf(slug: string): ProjectDirectory {
    const directory = () => directoryStub(this.env);
    return {
      tell: (figures) => directory().tell(slug, figures),
      tellMembers: (members) => directory().tellMembers(slug, members),
      sessionsOf: (person) => directory().sessionsOf(person, this.now()),
      endSessions: (person, id) => directory().endSessions(person, id),
    };
  }

  /** Each setting is a row written: only an earlier time is worth one. */
  #schedule(at: number): void {
    if (this.#alarm !== null && this.#alarm <= at) return;
    this.#alarm = at;
    void this.ctx.storage.setAlarm(at);
  }
}

/** Whose doing is the server's own. */
const SERVER = { name: 'server', scope: 'admin', tokenId: null } as const;

/** An object handles some hundreds of requests a second. */
function rateOf(setting: string | undefined): number {
  if (setting === 'off') return 0;
  const rate = Number(setting);
  return Number.isInteger(rate) && rate > 0 ? rate : 200;
}
