import type { ErrorCode } from '@tidemark/api/contract/errors';

export type TestScope = 'read' | 'write' | 'worker' | 'admin';

/** A project's server, answering over real HTTP, whose clock the test holds. The contract suites know nothing else of it. */
export interface TestServer {
  /** `path` begins with a slash and has no project prefix. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** A fresh token's secret. */
  token(scope: TestScope): Promise<string>;
  /** The server's clock: it stands still until told. */
  now(): number;
  advance(ms: number): Promise<void>;
  /** What the alarm does, and what it leaves to the background unless that is not waited for. */
  tick(wait?: boolean): Promise<void>;
  /** Rows that the database wrote meanwhile, as they are billed. */
  rowsWritten(work: () => Promise<unknown>): Promise<number>;
  close(): Promise<void>;
}

export type Open = () => Promise<TestServer>;

export interface Reply<T> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

export type Json = Record<string, unknown>;
export interface Failure {
  readonly error: {
    code: ErrorCode;
    message: string;
    hint?: string;
    requestId: string;
    details?: {
      path: (string | number)[];
      message: string;
      value?: unknown;
      allowed?: string;
      line?: number;
      column?: number;
    }[];
  };
}

/** A caller with one token: JSON in, JSON out. The type is the test's word for what it expects. */
export class Caller {
  readonly #server: Pick<TestServer, 'fetch'>;
  readonly #token: string | null;
  constructor(server: Pick<TestServer, 'fetch'>, token: string | null) {
    this.#server = server;
    this.#token = token;
  }

  static async of(server: Pick<TestServer, 'fetch' | 'token'>, scope: TestScope): Promise<Caller> {
    return new Caller(server, await server.token(scope));
  }

  async send<T = Json>(method: string, path: string, body?: unknown): Promise<Reply<T>> {
    const response = await this.#server.fetch(`/api/v1${path}`, {
      method,
      headers: {
        ...(this.#token === null ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as T, headers: response.headers };
  }

  get = <T = Json>(path: string): Promise<Reply<T>> => this.send<T>('GET', path);
  post = <T = Json>(path: string, body: unknown = {}): Promise<Reply<T>> => this.send<T>('POST', path, body);
  put = <T = Json>(path: string, body: unknown = {}): Promise<Reply<T>> => this.send<T>('PUT', path, body);
  patch = <T = Json>(path: string, body: unknown = {}): Promise<Reply<T>> => this.send<T>('PATCH', path, body);
  delete = <T = Json>(path: string): Promise<Reply<T>> => this.send<T>('DELETE', path);

  /** The body of a call that must succeed. */
  async ok<T = Json>(method: string, path: string, body?: unknown): Promise<T> {
    const reply = await this.send<T>(method, path, body);
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply.body;
  }

  /** The error of a call that must fail. */
  async fails(method: string, path: string, body?: unknown): Promise<Failure['error'] & { status: number }> {
    const reply = await this.send<Failure>(method, path, body);
    if (reply.status < 400) throw new Error(`${method} ${path}: ${reply.status}, but it should fail`);
    return { ...reply.body.error, status: reply.status };
  }
}
