import { join, resolve } from 'node:path';
import { ConfigError, readConfig, type ServerConfig } from '@tidemark/api/config';
import { type RunningServer, StartError, startServer } from '@tidemark/api/node';
import { createClient } from '@tidemark/client';
import colors from 'picocolors';
import { buildDashboard } from '../build-dashboard.ts';
import { EXIT, Failure } from '../failure.ts';
import { startWorker, type WorkerProcess } from '../start-worker.ts';

interface Options {
  port?: number;
  host?: string;
  dataDir?: string;
  db?: string;
  dbToken?: string;
  artifacts?: string;
  url?: string;
  adminToken?: string;
  privateWebhooks?: string;
  idleMinutes?: string;
  rateLimit?: string;
  log?: string;
  logLevel?: string;
  demo?: boolean;
  worker?: boolean;
  /** Vite serves the dashboard. */
  dev?: boolean;
  json?: boolean;
}

/** Starts a server in this process and stays until it is stopped; with `demo` also a worker, and two runs for it. */
export async function serve(options: Options): Promise<void> {
  const config = configOf(options);
  const say = (line = '') => {
    if (!options.json) console.log(line);
  };
  // Both take a moment and neither needs the other.
  const starting = startServer(config).catch(explainStart);
  const building = options.dev
    ? Promise.resolve({ state: 'fresh' as const })
    : buildDashboard(() => say(colors.dim('Building the dashboard, some seconds …')));
  const server = await starting;
  const stop = new AbortController();
  let worker: WorkerProcess | null = null;
  const ended = untilSignal(stop);
  try {
    const page = options.demo ? await prepareDemo(server, config, say) : '';
    const built = await Promise.race([building, ended]);
    if (built?.state === 'failed') {
      console.error(colors.yellow(`The dashboard could not be built; the API works without it.\n${built.reason}`));
    }
    const { url, loginUrl, token } = server;
    const dataDir = resolve(config.dataDir);
    if (options.json) console.log(JSON.stringify({ url, loginUrl, dataDir, pid: process.pid }));
    else greet(server, config, page, options);
    // After the greeting, so that its lines do not push the link away.
    if ((options.worker ?? options.demo) && !stop.signal.aborted) {
      worker = startWorker({ url, token, dataDir, json: options.json ?? false });
    }
    await ended;
  } finally {
    say(colors.dim(worker ? '\nStopping: the worker saves a checkpoint …' : '\nStopping …'));
    await worker?.stop();
    await server.close();
  }
}

function configOf(options: Options): ServerConfig {
  const {
    dataDir,
    port,
    host,
    db,
    dbToken,
    artifacts,
    url,
    adminToken,
    privateWebhooks,
    idleMinutes,
    rateLimit,
    log,
    logLevel,
  } = options;
  const given = {
    dataDir,
    port,
    host,
    database: db,
    databaseToken: dbToken,
    artifacts,
    publicUrl: url,
    adminToken,
    privateWebhooks,
    idleMinutes,
    rateLimit,
    logFormat: log,
    logLevel,
  };
  const flags = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  try {
    return readConfig(flags, process.env);
  } catch (error) {
    if (error instanceof ConfigError) throw new Failure(error.problems.join('\n  '), { exit: EXIT.usage });
    throw error;
  }
}

function explainStart(error: unknown): never {
  if (error instanceof StartError) throw new Failure(error.message, { hint: error.hint });
  throw error;
}

/** Unpacks the images and registers the runs; answers the page that compares them. */
async function prepareDemo(
  server: RunningServer,
  { dataDir }: ServerConfig,
  say: (line: string) => void,
): Promise<string> {
  const [{ unpackDemo }, { registerDemo }] = await Promise.all([
    import('../demo/unpack.ts'),
    import('../demo/register.ts'),
  ]);
  const folder = resolve(dataDir, 'demo');
  const images = join(folder, 'fashion');
  try {
    const unpacked = await unpackDemo(images);
    if (unpacked > 0)
      say(
        colors.dim(
          `Demo: ${unpacked} pictures of pullovers and coats (Fashion-MNIST, Zalando, MIT) unpacked to ${images}`,
        ),
      );
    const runs = await registerDemo(createClient({ url: server.url, token: server.token }), folder, images);
    const [run] = runs;
    if (!run) return '';
    say(
      `Demo: ${runs.map(({ name, ordinal, experiment, status }) => `${experiment}#${ordinal} ${name} (${status})`).join(', ')}`,
    );
    return `/e/${run.experimentId}`;
  } catch (error) {
    // The server is of use without its demo.
    console.error(
      colors.yellow(`The demo could not be prepared: ${error instanceof Error ? error.message : String(error)}`),
    );
    return '';
  }
}

function greet(server: RunningServer, config: ServerConfig, page: string, { dev, demo }: Options): void {
  const { url } = server;
  const link = dev ? server.loginUrl.replace(url, 'http://127.0.0.1:5173') : server.loginUrl;
  const elsewhere = config.publicUrl ?? (config.host === '127.0.0.1' ? null : url);
  const lines = [
    '',
    `  ${colors.bold('Open')}       ${colors.cyan(link)}`,
    colors.dim('             logs one browser in, once; `tidemark serve` again prints another'),
    ...(page
      ? [`  ${colors.bold('Compare')}    ${config.publicUrl ?? url}${page}${colors.dim('   the two demo runs, live')}`]
      : []),
    `  ${colors.bold('API')}        ${url}/api/v1`,
    `  ${colors.bold('Data')}       ${resolve(config.dataDir)}`,
    '',
    colors.dim('In another terminal, in this folder:'),
    // There every command looks for server and token in ./data, unless it is told where they are.
    ...(resolve(config.dataDir) === resolve('data') ? [] : [`  export TIDEMARK_DATA_DIR=${resolve(config.dataDir)}`]),
    ...(demo ? ['  npx tidemark run watch demo#latest'] : []),
    '  npx tidemark run submit examples/cats-vs-dogs/plain.yaml --set data.path=FOLDER',
    ...(demo ? [] : [`  npx tidemark worker                     ${colors.dim('trains what is queued, here')}`]),
    elsewhere
      ? `  npx tidemark worker --api ${elsewhere} --token …   ${colors.dim('on a GPU box; `npx tidemark token create gpu --scope worker`')}`
      : colors.dim('  Workers on other machines need an address they reach: --host 0.0.0.0, or a proxy and --url.'),
    '',
    colors.dim('Ctrl-C stops.'),
  ];
  console.log(lines.join('\n'));
}

/** Resolves at the first SIGINT or SIGTERM; the second ends the process at once. */
function untilSignal(stop: AbortController): Promise<null> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (stop.signal.aborted) process.exit(EXIT.interrupted);
        stop.abort();
        done(null);
      });
    }
  });
}
