import { type Client, createClient } from '@tidemark/client';
import { findSettings } from '@tidemark/client/node/settings';
import { EXIT, Failure } from './failure.ts';

/** Options that every command that talks to a server takes. */
export interface Connection {
  api?: string;
  token?: string;
  project?: string;
  json?: boolean;
}

export interface Server {
  client: Client;
  /** For what is not a call: a socket. */
  token: string | undefined;
}

/** The server that a command's options, the environment or ./data/server.json name. */
export function connectServer(options: Connection): Server {
  const settings = findSettings({ url: options.api, token: options.token, project: options.project });
  if (!settings) {
    throw new Failure('No server is named.', {
      hint: 'Start one here with `tidemark serve`, or name one: --api URL --token TOKEN (or TIDEMARK_URL and TIDEMARK_TOKEN).',
      exit: EXIT.away,
    });
  }
  if (!URL.canParse(settings.url) || !/^https?:/.test(settings.url)) {
    throw new Failure(`${settings.url} is not a server’s address (from ${settings.from}).`, {
      hint: 'It looks like http://127.0.0.1:8787 or https://tidemark.example.com.',
      exit: EXIT.usage,
    });
  }
  return { client: createClient(settings), token: settings.token };
}

export const connect = (options: Connection): Client => connectServer(options).client;

/** A page of the dashboard. */
export function dashboardUrl(client: Client, path: string): string {
  return `${client.url}${client.project === 'default' ? '' : `/p/${client.project}`}${path}`;
}
