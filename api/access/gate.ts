import { authenticate, requireScope, unauthorized } from '../auth.ts';
import type { Route } from '../contract/route.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { projectState } from '../projects/state.ts';
import { createRateLimit } from './rate-limit.ts';

/** A request as it comes to a route. */
export interface Knock {
  readonly route: Route;
  readonly authorization: string | undefined;
  /** Whom the front vouches for: no header of a client can claim it. */
  readonly given: Principal | undefined;
  readonly address: string;
  /** Takes headers for the reply, whatever it will be. */
  readonly tell: (headers: Record<string, string>) => void;
}

export interface Gate {
  /** credential → rate → scope → archive. Errors: unauthorized, rate_limited, forbidden, conflict. */
  admit(knock: Knock): Promise<Principal>;
}

const NOBODY: Principal = { name: 'nobody', scope: 'read', tokenId: null };

/** What stands before every route of a project; one a project, because the rate limits are kept in it. */
export function createGate(deps: Deps): Gate {
  const limit = createRateLimit(deps);

  async function principalOf({ authorization, given, address }: Knock): Promise<Principal> {
    try {
      if (authorization === undefined) {
        if (given) return given;
        throw unauthorized('This needs a token.');
      }
      const secret = /^Bearer\s+(\S+)$/i.exec(authorization)?.[1];
      if (secret === undefined) throw unauthorized('The Authorization header is not `Bearer TOKEN`.');
      return await authenticate(deps, secret);
    } catch (error) {
      if (error instanceof ApiError && error.code === 'unauthorized') limit.refused(address);
      throw error;
    }
  }

  return {
    async admit(knock) {
      const { route, given, tell } = knock;
      if (route.scope === 'public') return given ?? NOBODY;
      const principal = await principalOf(knock);
      limit.take(principal, tell);
      if (!(route.workerToo && principal.scope === 'worker')) requireScope(principal, route.scope);
      await requireOpen(deps, route);
      return principal;
    },
  };
}

/** An archived project is read-only. Errors: conflict. */
async function requireOpen(deps: Deps, route: Route): Promise<void> {
  // What a right to read is enough for changes nothing, whatever its method.
  if (route.method === 'GET' || route.scope === 'read' || route.whileArchived) return;
  const { archivedAt } = await projectState(deps);
  if (archivedAt === null) return;
  throw new ApiError('conflict', 'This project is archived: it is read-only.', {
    details: [{ path: ['project'], message: 'is archived', value: archivedAt, allowed: 'reading' }],
    hint: 'An admin takes it back: tidemark project unarchive SLUG.',
  });
}
