import { type Token, tokenRoutes } from '@tidemark/api/contract/tokens';
import colors from 'picocolors';
import { type Connection, connect } from '../context.ts';
import { ago } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';

interface CreateOptions extends Connection {
  scope: Token['scope'];
  expires?: number;
  experiment?: string[];
  rate?: number;
}

export async function tokenCreate(name: string, options: CreateOptions): Promise<void> {
  const client = connect(options);
  const body = {
    name,
    scope: options.scope,
    ...(options.expires ? { expiresInDays: options.expires } : {}),
    ...(options.experiment ? { experiments: options.experiment.map(Number) } : {}),
    ...(options.rate ? { requestsPerSecond: options.rate } : {}),
  };
  const token = await client.call(tokenRoutes.createToken, { body });
  if (options.json) {
    console.log(JSON.stringify(token));
    return;
  }
  console.log(token.secret);
  // Apart from the secret, so that `$(tidemark token create …)` holds it alone.
  console.error(
    colors.dim(
      `Shown only now. Scope ${token.scope}${token.expiresAt ? `, until ${new Date(token.expiresAt).toISOString().slice(0, 10)}` : ''}; revoke with \`tidemark token revoke ${token.id}\`.`,
    ),
  );
  if (token.scope === 'worker')
    console.error(
      colors.dim(`On the training machine: npx tidemark worker --api ${client.url} --token ${token.secret}`),
    );
}

export async function tokenList(options: Connection): Promise<void> {
  const { tokens } = await connect(options).call(tokenRoutes.listTokens);
  if (options.json) {
    for (const token of tokens) console.log(JSON.stringify(token));
    return;
  }
  const now = Date.now();
  const rows = tokens.map((token) => [
    String(token.id),
    token.name,
    token.experiments ? `${token.scope} of ${token.experiments.join(', ')}` : token.scope,
    token.createdBy || '–',
    token.lastUsedAt ? ago(token.lastUsedAt, now) : 'never',
    token.revokedAt
      ? colors.dim('revoked')
      : token.expiresAt === null
        ? '–'
        : token.expiresAt < now
          ? colors.red('expired')
          : new Date(token.expiresAt).toISOString().slice(0, 10),
  ]);
  console.log(
    table(
      [
        { title: 'ID', right: true },
        { title: 'NAME' },
        { title: 'SCOPE' },
        { title: 'BY' },
        { title: 'LAST USED' },
        { title: 'UNTIL' },
      ],
      rows,
    ).join('\n'),
  );
}

export async function tokenRevoke(id: number, options: Connection): Promise<void> {
  await connect(options).call(tokenRoutes.revokeToken, { params: { id } });
  console.log(
    options.json ? JSON.stringify({ id, revoked: true }) : `Token ${id} is revoked; it is refused from now on.`,
  );
}
