import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { getRequestListener } from '@hono/node-server';
import { lockFile } from '@tidemark/db/lock';
import { writeAudit } from './audit/write.ts';
import { authenticate } from './auth.ts';
import type { ServerConfig } from './config.ts';
import { personFor } from './front/person.ts';
import { createFront } from './front.ts';
import { watchMachine } from './node/host.ts';
import { createLive } from './node/live.ts';
import { createLog, type Log } from './node/log.ts';
import type { OpenProject } from './node/open-project.ts';
import { createPages } from './node/pages.ts';
import { openProjects, type Projects } from './node/projects.ts';
import { served } from './node/serve.ts';
import { readServerFile, writeServerFile } from './node/server-file.ts';
import { createMeter } from './observe/meter.ts';
import { createOidc } from './oidc/login.ts';
import { updateProject } from './projects/update.ts';
import { createLoginLink } from './sessions/login-code.ts';
import { createToken } from './tokens/create.ts';
import { VERSION } from './version.ts';

/** A running server. */
export interface RunningServer {
  /** `http://127.0.0.1:8787`. */
  readonly url: string;
  /** Logs a browser in, once. */
  readonly loginUrl: string;
  /** An admin token of the project `default`; it is in `server.json` too. */
  readonly token: string;
  /** Another one-time link, for another browser. */
  newLoginUrl(): Promise<string>;
  /** Finishes what it is answering, five seconds at most, then lets go of everything. */
  close(): Promise<void>;
}

/** Why a server cannot start, in words for the person who starts it. */
export class StartError extends Error {
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.name = 'StartError';
    this.hint = hint;
  }
}

/** What tests put in place of the machine's own. */
export interface StartOptions {
  readonly now?: () => number;
  readonly rng?: (length: number) => Uint8Array;
  /** The dashboard's built files. */
  readonly pages?: string;
  readonly log?: Log;
  readonly report?: (error: unknown, requestId: string) => void;
}

/** Whose doing is the server's own. */
const SERVER = { name: 'server', scope: 'admin', tokenId: null } as const;

const DASHBOARD = fileURLToPath(new URL('../web/dist', import.meta.url));

/** Starts a server. @throws StartError when the data folder or the port is taken. */
export async function startServer(config: ServerConfig, options: StartOptions = {}): Promise<RunningServer> {
  const {
    now = Date.now,
    rng = (length) => new Uint8Array(randomBytes(length)),
    log = createLog(config.log, now),
    report = log.error,
  } = options;
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const serverFile = join(config.dataDir, 'server.json');
  const lock = await lockFile(join(config.dataDir, 'server.lock'));
  if (!lock) {
    const other = await readServerFile(serverFile);
    throw new StartError(
      `Another server${other?.url ? ` (${other.url})` : ''} uses the data folder ${config.dataDir}.`,
      'Stop it, or give this one a folder of its own: --data-dir DIR.',
    );
  }
  const undo: (() => unknown)[] = [lock.release];
  try {
    const secret = await readSecret(join(config.dataDir, 'secret'));
    const machine = watchMachine(config.dataDir, () => projects.opened().length);
    undo.push(machine.close);
    const meter = createMeter(machine.families);
    const projects: Projects = await openProjects(config, { now, rng, secret, report, meter, host: machine.read });
    undo.push(projects.close);
    const home = await projects.prepare('default');
    await projects.directory.add('default', now());
    const { token, tokenId } = await adminToken(home, config, await readServerFile(serverFile));

    const personOf = (secret: string) => projects.persons.find(secret, now());
    const front = createFront({
      fetch: async (slug, request, context) => (await projects.open(slug))?.fetch(request, context) ?? null,
      has: projects.directory.has,
      get: projects.directory.get,
      list: projects.directory.list,
      rolesOf: projects.directory.rolesOf,
      create: async (slug, title) => {
        if (await projects.directory.get(slug)) return null;
        const project = await projects.prepare(slug);
        const first = await createToken(project.deps, { name: 'first admin', scope: 'admin' });
        if (!(await projects.directory.add(slug, now(), title))) return null;
        if (title !== '') await updateProject(project.deps, SERVER, { title });
        const entry = await projects.directory.get(slug);
        return entry && { ...entry, token: first.secret };
      },
      remove: projects.remove,
      note: async (action, target, name, address) =>
        writeAudit((await projects.prepare('default')).deps, {
          action,
          target,
          by: { ...SERVER, name },
          address,
          requestId: '',
        }),
      persons: {
        find: personOf,
        signIn: (identity, session) => projects.persons.signIn(identity, { ...session, now: now() }),
      },
      oidc: config.oidc && createOidc(config.oidc, { publicUrl: config.publicUrl, now }),
      page: createPages(options.pages ?? DASHBOARD),
      rng,
      version: VERSION,
      report,
    });
    const live = createLive(projects.open, (request, slug) =>
      personFor({ persons: { find: personOf } }, request, slug),
    );
    const answerTo = served(front, log);
    const answer = getRequestListener(
      (request, env) =>
        answerTo(request, { address: 'incoming' in env ? (env.incoming.socket.remoteAddress ?? '') : '' }),
      { overrideGlobalObjects: false },
    );
    // The longest filter that the contract takes, each of its characters as four escaped bytes, is 120 kB of address.
    const server = createServer({ requestTimeout: 0, keepAliveTimeout: 65_000, maxHeaderSize: 131_072 }, answer);
    server.on('upgrade', (incoming, socket, head) => {
      if (declined(incoming)) return answerAnyway(server, incoming, socket);
      live.upgrade(incoming, socket, head).catch((error: unknown) => {
        report(error, 'upgrade');
        socket.destroy();
      });
    });
    const port = await listen(server, config);
    undo.push(() => Promise.all([live.close(), stop(server)]));

    const local = config.host === '0.0.0.0' || config.host === '::' ? '127.0.0.1' : config.host;
    const url = `http://${isIPv6(local) ? `[${local}]` : local}:${port}`;
    const newLoginUrl = async () =>
      `${config.publicUrl ?? url}${(await createLoginLink((await projects.prepare('default')).deps, { tokenId })).path}`;
    const loginUrl = await newLoginUrl();
    await writeServerFile(serverFile, { url, token, pid: process.pid });
    let closing: Promise<void> | undefined;
    return {
      url,
      token,
      loginUrl,
      newLoginUrl,
      close: () => {
        closing ??= unwind(undo);
        return closing;
      },
    };
  } catch (error) {
    await unwind(undo);
    throw error;
  }
}

async function unwind(undo: readonly (() => unknown)[]): Promise<void> {
  for (const step of [...undo].reverse()) await step();
}

/** The one given, else the one that server.json has, if it is still good, else a new one. */
async function adminToken(
  home: OpenProject,
  config: ServerConfig,
  file: { token?: string } | null,
): Promise<{ token: string; tokenId: number }> {
  const known = config.adminToken ?? file?.token;
  const principal = known ? await authenticate(home.deps, known).catch(() => null) : null;
  if (known && principal?.scope === 'admin' && principal.tokenId !== null)
    return { token: known, tokenId: principal.tokenId };
  if (config.adminToken && principal) {
    throw new StartError(
      'The admin token given is one that exists with less than the scope admin.',
      'Give another one.',
    );
  }
  const { id, secret } = await createToken(home.deps, {
    name: 'server.json',
    scope: 'admin',
    ...(config.adminToken ? { secret: config.adminToken } : {}),
  });
  return { token: secret, tokenId: id };
}

function listen(server: Server, { host, port }: ServerConfig): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') {
        reject(new StartError(`Port ${port} of ${host} is taken by another program.`, 'Choose another: --port N.'));
      } else if (error.code === 'EACCES' || error.code === 'EADDRNOTAVAIL') {
        reject(
          new StartError(
            `This machine does not let us listen on ${host}:${port} (${error.code}).`,
            'Choose another --host or --port.',
          ),
        );
      } else reject(error);
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

/** An offer to go on in HTTP/2, which some clients make with each first request: it may be declined by plainly answering. */
const declined = ({ headers }: IncomingMessage): boolean =>
  headers.upgrade?.toLowerCase() === 'h2c' &&
  Number(headers['content-length'] ?? 0) === 0 &&
  headers['transfer-encoding'] === undefined;

/** Node hands over every request that offers an upgrade, its parser gone: so one without a body is answered here, and the last. */
function answerAnyway(server: Server, incoming: IncomingMessage, socket: Duplex): void {
  const response = new ServerResponse(incoming);
  response.shouldKeepAlive = false;
  // On a server of `createServer` a connection is a net socket.
  response.assignSocket(socket as Socket);
  response.on('finish', () => socket.end());
  server.emit('request', incoming, response);
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(() => server.closeAllConnections(), 5000);
    server.close(() => {
      clearTimeout(late);
      resolve();
    });
    server.closeIdleConnections();
  });
}

async function readSecret(path: string): Promise<string> {
  const fresh = randomBytes(32).toString('hex');
  try {
    await writeFile(path, fresh, { mode: 0o600, flag: 'wx' });
    return fresh;
  } catch {
    return readFile(path, 'utf8');
  }
}
