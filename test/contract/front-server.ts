import type { TestServer } from './server.ts';

/** A fresh project behind the whole front of a runtime: what the suites of sessions, bytes and sockets need. */
export interface FrontServer extends Omit<TestServer, 'tick' | 'rowsWritten'> {
  /** Of the server, without a slash at the end. */
  readonly url: string;
  readonly slug: string;
  /** An admin token of the project `default`. */
  readonly admin: string;
  /** An admin token of this project. */
  readonly owner: string;
  /** The largest artifact it takes, in bytes. */
  readonly blobLimit: number;
}

export type OpenFront = () => Promise<FrontServer>;

/** Creates a project and answers what to open it with. */
export async function createProject(url: string, admin: string, slug: string): Promise<string> {
  const response = await fetch(`${url}/api/v1/projects`, {
    method: 'POST',
    headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
    body: JSON.stringify({ slug }),
  });
  if (response.status !== 201) throw new Error(`creating ${slug}: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { token: string }).token;
}

/** A token by the API itself. */
export async function createToken(base: string, owner: string, scope: string): Promise<string> {
  const response = await fetch(`${base}/api/v1/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${owner}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: `a ${scope} token`, scope }),
  });
  if (response.status !== 201) throw new Error(`a ${scope} token: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { secret: string }).secret;
}
