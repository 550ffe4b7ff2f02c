import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the server is and what to say to it; `from` names the source, for messages. */
export interface Settings {
  url: string;
  token: string | undefined;
  project: string | undefined;
  from: string;
}

interface Given {
  url?: string | undefined;
  token?: string | undefined;
  project?: string | undefined;
}

/**
 * Arguments first, then TIDEMARK_URL, TIDEMARK_TOKEN and TIDEMARK_PROJECT, then the `server.json` that `tidemark serve` writes
 * into its data folder ($TIDEMARK_DATA_DIR or ./data). Null when no server is named anywhere.
 */
export function findSettings(given: Given = {}, env: NodeJS.ProcessEnv = process.env): Settings | null {
  const folder = env.TIDEMARK_DATA_DIR || 'data';
  const local = readServerFile(join(folder, 'server.json'));
  const url = given.url || env.TIDEMARK_URL || local?.url;
  if (!url) return null;
  // A local server's token is of no use to another server.
  const token =
    given.token || env.TIDEMARK_TOKEN || (local && sameServer(local.url, url) ? local.token : undefined) || undefined;
  const from = given.url ? 'the arguments' : env.TIDEMARK_URL ? 'TIDEMARK_URL' : join(folder, 'server.json');
  return { url: url.replace(/\/+$/, ''), token, project: given.project || env.TIDEMARK_PROJECT || undefined, from };
}

/** @throws TypeError for a mode that there is not: a misspelt `offline` must not send anything. */
export function modeOf(given: string | undefined, env: NodeJS.ProcessEnv = process.env): 'online' | 'offline' {
  const mode = given ?? (env.TIDEMARK_MODE || 'online');
  if (mode === 'online' || mode === 'offline') return mode;
  throw new TypeError(
    `${given === undefined ? 'TIDEMARK_MODE' : 'mode'} is \`online\` or \`offline\`, not \`${mode}\`.`,
  );
}

function readServerFile(path: string): { url: string; token?: string } | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value !== 'object' || value === null || !('url' in value) || typeof value.url !== 'string') return null;
    return 'token' in value && typeof value.token === 'string'
      ? { url: value.url, token: value.token }
      : { url: value.url };
  } catch {
    return null;
  }
}

function sameServer(a: string, b: string): boolean {
  try {
    const [left, right] = [new URL(a), new URL(b)];
    const local = (host: string) => (['localhost', '127.0.0.1', '[::1]'].includes(host) ? 'this machine' : host);
    return left.port === right.port && local(left.hostname) === local(right.hostname);
  } catch {
    return false;
  }
}
