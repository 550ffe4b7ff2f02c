import { TokenSecret } from './contract/tokens.ts';
import { type OidcSettings, readOidc } from './oidc/settings.ts';
import { readS3, type S3Settings } from './s3-settings.ts';

/** The settings of a server, from flags and environment (docs/deploy.md). */
export interface ServerConfig {
  /** Databases, artifacts and `server.json`. */
  readonly dataDir: string;
  /** 0: any free one. */
  readonly port: number;
  readonly host: string;
  /** A project's database, with `{data}` already filled in and `{project}` still to be. */
  readonly database: string;
  readonly databaseToken: string | undefined;
  /** A folder, with `{data}` filled in, or the address of `s3`. */
  readonly artifacts: string;
  /** The bucket that artifacts go to instead of a folder. */
  readonly s3: S3Settings | null;
  /** The address people use where it is not this machine's own (behind a proxy); the login link starts with it. */
  readonly publicUrl: string | undefined;
  /** An admin token that is known beforehand; without, one is made at first start. */
  readonly adminToken: string | undefined;
  /** Messages of alerts may go into the server's own network too. */
  readonly privateWebhooks: boolean;
  /** Minutes after which a project that nobody uses is closed. */
  readonly idleMinutes: number;
  /** Requests a second of one token; 0: as many as it likes. */
  readonly rateLimit: number;
  readonly oidc: OidcSettings | null;
  /** Lines on standard error: how they look, and from which level on. */
  readonly log: { readonly format: 'json' | 'text'; readonly level: 'error' | 'warn' | 'info' | 'debug' };
}

/** Each setting's flag, environment variable and default. */
export const settings = {
  dataDir: { flag: '--data-dir', env: 'TIDEMARK_DATA_DIR', fallback: './data' },
  port: { flag: '--port', env: 'TIDEMARK_PORT', fallback: '8787' },
  host: { flag: '--host', env: 'TIDEMARK_HOST', fallback: '127.0.0.1' },
  database: { flag: '--db', env: 'TIDEMARK_DB', fallback: 'file:{data}/projects/{project}.db' },
  databaseToken: { flag: '--db-token', env: 'TIDEMARK_DB_TOKEN', fallback: '' },
  artifacts: { flag: '--artifacts', env: 'TIDEMARK_ARTIFACTS', fallback: '{data}/artifacts' },
  publicUrl: { flag: '--url', env: 'TIDEMARK_URL', fallback: '' },
  adminToken: { flag: '--admin-token', env: 'TIDEMARK_ADMIN_TOKEN', fallback: '' },
  privateWebhooks: { flag: '--private-webhooks', env: 'TIDEMARK_PRIVATE_WEBHOOKS', fallback: 'false' },
  idleMinutes: { flag: '--idle-minutes', env: 'TIDEMARK_IDLE_MINUTES', fallback: '15' },
  logFormat: { flag: '--log', env: 'TIDEMARK_LOG', fallback: 'json' },
  logLevel: { flag: '--log-level', env: 'TIDEMARK_LOG_LEVEL', fallback: 'warn' },
  rateLimit: { flag: '--rate-limit', env: 'TIDEMARK_RATE_LIMIT', fallback: '500' },
} as const;

export type SettingName = keyof typeof settings;

/** Everything that is wrong with the settings, one sentence each. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Flags win over the environment, which wins over defaults; an empty value counts as none.
 * @throws ConfigError with every problem, not only the first.
 */
export function readConfig(
  flags: Partial<Record<SettingName, string | number>> = {},
  env: Readonly<Record<string, string | undefined>> = {},
): ServerConfig {
  const problems: string[] = [];
  const value = (name: SettingName): string => {
    const given = flags[name];
    return (given === undefined ? '' : String(given)) || env[settings[name].env] || settings[name].fallback;
  };
  /** Names the setting as the person gave it, and the value, unless it is a secret. */
  const complain = (name: SettingName, problem: string, secret = false): void => {
    const { flag, env: variable } = settings[name];
    const label = flags[name] === undefined ? variable : flag;
    problems.push(`${label}${secret ? '' : `=${value(name)}`}: ${problem}`);
  };

  const port = /^\d+$/.test(value('port')) ? Number(value('port')) : Number.NaN;
  if (!(port <= 65535)) complain('port', 'a port is a whole number from 0 to 65535.');
  const host = value('host');
  if (/[\s/]|:\/\//.test(host)) complain('host', 'an address to listen on, such as 127.0.0.1 or 0.0.0.0.');
  const dataDir = value('dataDir').replace(/(?<=.)\/+$/, '');
  const database = value('database').replaceAll('{data}', dataDir);
  if (!/^(file:.|libsql:\/\/|https?:\/\/|wss?:\/\/)/.test(database)) {
    complain('database', 'a database is file:PATH or libsql://HOST.');
  } else if (!database.includes('{project}')) {
    complain('database', 'needs {project} in it: each project has a database of its own.');
  }
  const artifacts = value('artifacts').replaceAll('{data}', dataDir);
  const s3 = readS3(artifacts, env);
  for (const problem of s3?.problems ?? []) problems.push(problem);
  if (!s3 && /^[a-z0-9]+:\/\//i.test(artifacts)) complain('artifacts', 'a folder, or s3://BUCKET/PREFIX.');
  const publicUrl = value('publicUrl').replace(/\/+$/, '') || undefined;
  if (publicUrl && (!URL.canParse(publicUrl) || !/^https?:/.test(publicUrl) || new URL(publicUrl).pathname !== '/')) {
    complain('publicUrl', 'an address such as https://tidemark.example.com, without a path.');
  }
  const adminToken = value('adminToken') || undefined;
  if (adminToken && !TokenSecret.safeParse(adminToken).success) {
    complain('adminToken', 'a token is `tdm` and 37 lower-case letters or digits.', true);
  }
  const idleMinutes = Number(value('idleMinutes'));
  if (!(idleMinutes >= 1)) complain('idleMinutes', 'minutes, 1 at least.');
  const rateLimit = value('rateLimit') === 'off' ? 0 : Number(value('rateLimit'));
  if (!(Number.isInteger(rateLimit) && rateLimit >= 0)) {
    complain('rateLimit', 'requests a second of one token, a whole number, or off.');
  }
  const format = oneOf(['json', 'text'], value('logFormat'));
  if (!format) complain('logFormat', 'json or text.');
  const level = oneOf(['error', 'warn', 'info', 'debug'], value('logLevel'));
  if (!level) complain('logLevel', 'error, warn, info or debug.');
  const oidc = readOidc(env);
  problems.push(...oidc.problems);
  if (!/^(true|false)$/.test(value('privateWebhooks'))) complain('privateWebhooks', 'true or false.');
  const privateWebhooks = value('privateWebhooks') === 'true';
  if (problems.length > 0) throw new ConfigError(problems);
  const databaseToken = value('databaseToken') || undefined;
  return {
    dataDir,
    port,
    host,
    database,
    databaseToken,
    artifacts,
    s3: s3?.settings ?? null,
    publicUrl,
    adminToken,
    privateWebhooks,
    idleMinutes,
    rateLimit,
    oidc: oidc.settings,
    log: { format: format ?? 'json', level: level ?? 'warn' },
  };
}

const oneOf = <const T extends string>(all: readonly T[], text: string): T | undefined =>
  all.find((each) => each === text);
