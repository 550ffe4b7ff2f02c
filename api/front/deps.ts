import type { ProjectEntry } from '../contract/front.ts';
import type { Role } from '../contract/members.ts';
import type { Person } from '../deps.ts';
import type { Identity } from '../directory/persons.ts';
import type { Oidc } from '../oidc/login.ts';
import type { Context } from '../project.ts';

/** What the front needs of its runtime. */
export interface FrontDeps {
  /** A request to a project, without its prefix. Null for a slug that nobody created; nothing is written then. */
  fetch(slug: string, request: Request, context: Context): Promise<Response | null>;
  has(slug: string): Promise<boolean>;
  get(slug: string): Promise<ProjectEntry | null>;
  list(): Promise<ProjectEntry[]>;
  /** The roles of an address by slug. */
  rolesOf(email: string): Promise<Record<string, Role>>;
  /** Null when the slug is taken. */
  create(slug: string, title: string): Promise<(ProjectEntry & { token: string }) | null>;
  /** The project answers nothing from now on, and goes step by step, whatever happens to this process. */
  remove(slug: string): Promise<void>;
  /** Into the audit log of `default`. */
  note(action: string, target: string, by: string, address: string): Promise<void>;
  readonly persons: {
    find(secret: string): Promise<Person | null>;
    signIn(identity: Identity, session: { days: number; agent: string }): Promise<string>;
  };
  /** Login by an identity provider, where one is configured. */
  readonly oidc: Oidc | null;
  /** A page or file of the dashboard. `known` is false for a project that does not exist. */
  page(request: Request, known: boolean): Promise<Response>;
  readonly rng: (length: number) => Uint8Array;
  readonly version: string;
  readonly report?: (error: unknown, requestId: string) => void;
}
