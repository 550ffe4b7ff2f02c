import { readFile, rename, writeFile } from 'node:fs/promises';

/** How programs on this machine find the server. */
export interface ServerFile {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
}

/** Null when there is none that can be read. */
export async function readServerFile(path: string): Promise<Partial<ServerFile> | null> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
}

/** Readable by its owner only, and never half written. */
export async function writeServerFile(path: string, file: ServerFile): Promise<void> {
  const aside = `${path}.${process.pid}`;
  await writeFile(aside, `${JSON.stringify(file)}\n`, { mode: 0o600 });
  await rename(aside, path);
}
