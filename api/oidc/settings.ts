import { Role } from '../contract/members.ts';

/** Login by an identity provider that speaks OpenID Connect. */
export interface OidcSettings {
  /** Its issuer identifier, as its discovery document says it. */
  readonly issuer: string;
  readonly clientId: string;
  /** Without, the client is a public one, which PKCE alone protects. */
  readonly clientSecret: string | undefined;
  /** On the button: "Sign in with {name}". */
  readonly name: string;
  /** Domains of addresses that are let in; none: all. */
  readonly domains: readonly string[];
  /** The claim that lists a person's groups. */
  readonly groupsClaim: string;
  readonly roles: readonly RoleRule[];
  readonly sessionDays: number;
}

/** Who is in a group (`*`: everybody whom the provider vouches for) has a role in a project (`*`: in each). */
export interface RoleRule {
  readonly project: string;
  readonly group: string;
  readonly role: Role;
}

/** The environment's names for these; the edge has them as variables and secrets. */
export interface OidcEnvironment {
  readonly TIDEMARK_OIDC_ISSUER?: string | undefined;
  readonly TIDEMARK_OIDC_CLIENT_ID?: string | undefined;
  readonly TIDEMARK_OIDC_CLIENT_SECRET?: string | undefined;
  readonly TIDEMARK_OIDC_NAME?: string | undefined;
  readonly TIDEMARK_OIDC_DOMAINS?: string | undefined;
  readonly TIDEMARK_OIDC_GROUPS_CLAIM?: string | undefined;
  readonly TIDEMARK_OIDC_ROLES?: string | undefined;
  readonly TIDEMARK_OIDC_SESSION_DAYS?: string | undefined;
}

const listOf = (text = ''): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/**
 * The settings, null when no issuer is set, and what is wrong with them, a sentence each. `TIDEMARK_OIDC_ROLES` is a list such as
 * `ml=editor, vision/leads=admin, *=viewer`.
 */
export function readOidc(env: OidcEnvironment): { settings: OidcSettings | null; problems: string[] } {
  const issuer = env.TIDEMARK_OIDC_ISSUER?.trim();
  if (!issuer) return { settings: null, problems: [] };
  const problems: string[] = [];
  const url = urlOf(issuer);
  if (!url || !(url.protocol === 'https:' || isLoopback(url))) {
    problems.push(`TIDEMARK_OIDC_ISSUER=${issuer}: an https address (http on this machine only).`);
  }
  const clientId = env.TIDEMARK_OIDC_CLIENT_ID?.trim() ?? '';
  if (clientId === '') problems.push('TIDEMARK_OIDC_CLIENT_ID: is needed with TIDEMARK_OIDC_ISSUER.');
  const sessionDays = Number(env.TIDEMARK_OIDC_SESSION_DAYS || 7);
  if (!(sessionDays > 0 && sessionDays <= 90)) {
    problems.push(`TIDEMARK_OIDC_SESSION_DAYS=${env.TIDEMARK_OIDC_SESSION_DAYS}: days, from above 0 to 90.`);
  }
  const roles: RoleRule[] = [];
  for (const rule of listOf(env.TIDEMARK_OIDC_ROLES)) {
    const match = /^(?:([a-z][a-z0-9-]{0,31})\/)?([^=]+)=(\w+)$/.exec(rule);
    const role = Role.safeParse(match?.[3]);
    if (match && role.success) roles.push({ project: match[1] ?? '*', group: match[2]!.trim(), role: role.data });
    else
      problems.push(
        `TIDEMARK_OIDC_ROLES: ${rule} is not GROUP=ROLE or PROJECT/GROUP=ROLE, with viewer, editor or admin.`,
      );
  }
  const settings: OidcSettings = {
    issuer,
    clientId,
    clientSecret: env.TIDEMARK_OIDC_CLIENT_SECRET || undefined,
    name: env.TIDEMARK_OIDC_NAME?.trim() || url?.hostname || issuer,
    domains: listOf(env.TIDEMARK_OIDC_DOMAINS).map((domain) => domain.toLowerCase().replace(/^@/, '')),
    groupsClaim: env.TIDEMARK_OIDC_GROUPS_CLAIM || 'groups',
    roles,
    sessionDays,
  };
  return { settings: problems.length === 0 ? settings : null, problems };
}

export const isLoopback = ({ protocol, hostname }: URL): boolean =>
  protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);

function urlOf(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
