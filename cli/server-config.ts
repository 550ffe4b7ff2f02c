import { ConfigError, readConfig, type ServerConfig } from '@tidemark/api/config';
import { EXIT, Failure } from './failure.ts';

/** Where a server on this machine keeps its things, as `serve` finds it. */
export interface DataOptions {
  dataDir?: string;
  db?: string;
  artifacts?: string;
  json?: boolean;
}

export function serverConfig({ dataDir, db, artifacts }: DataOptions): ServerConfig {
  const given = { dataDir, database: db, artifacts };
  const flags = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  try {
    return readConfig(flags, process.env);
  } catch (error) {
    if (error instanceof ConfigError) throw new Failure(error.problems.join('\n  '), { exit: EXIT.usage });
    throw error;
  }
}
