import type { Deps, Principal } from '../deps.ts';

/** What was done, as the audit log keeps it. */
export interface Deed {
  readonly action: string;
  readonly target?: string;
  readonly before?: object | null;
  readonly after?: object | null;
  readonly by: Principal;
  readonly address: string;
  readonly requestId: string;
}

/** Characters of `before` and of `after` that are kept. */
const MOST = 4000;

/** Adds to the audit log. Nothing changes or removes an entry: triggers of the schema see to that. */
export async function writeAudit(deps: Deps, deed: Deed): Promise<void> {
  const { action, target = '', before = null, after = null, by, address, requestId } = deed;
  await deps.db.all(
    `INSERT INTO audit (at, actor, credential, action, target, before, after, address, request_id)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [deps.now(), by.email ?? by.name, credentialOf(by), action, target, json(before), json(after), address, requestId],
  );
}

const credentialOf = ({ tokenId, memberId, userId }: Principal): string =>
  tokenId !== null
    ? `token:${tokenId}`
    : memberId != null
      ? `member:${memberId}`
      : userId
        ? `person:${userId}`
        : 'server';

/** Without secrets, whatever the caller handed over. */
function json(value: object | null): string | null {
  if (value === null) return null;
  const text = JSON.stringify(value, (key, inner: unknown) =>
    /^(secret|token|password|code|path)$/i.test(key) && typeof inner === 'string' ? '…' : inner,
  );
  return text.length <= MOST ? text : JSON.stringify({ tooLong: text.length });
}
