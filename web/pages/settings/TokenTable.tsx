import type { Token } from '@tidemark/api/contract/tokens';
import { Button } from '../../components/Button.tsx';
import table from '../../components/Table.module.css';
import { TimeText } from '../../components/TimeText.tsx';

export function TokenTable({ tokens, onRevoke }: { tokens: readonly Token[]; onRevoke(token: Token): void }) {
  return (
    <div className={table.wrap}>
      <table className={table.table}>
        <thead>
          <tr>
            <th>Name</th>
            <th>Scope</th>
            <th>Created</th>
            <th>Last use</th>
            <th>Expires</th>
            <th>
              <span className="sr">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr key={token.id}>
              <td>{token.name}</td>
              <td>{token.scope}</td>
              <td>
                <TimeText at={token.createdAt} />
              </td>
              <td>{token.lastUsedAt === null ? 'never' : <TimeText at={token.lastUsedAt} />}</td>
              <td>{token.expiresAt === null ? 'never' : <TimeText at={token.expiresAt} />}</td>
              <td>
                {token.revokedAt === null ? (
                  <Button look="quiet" aria-label={`Revoke ${token.name}`} onClick={() => onRevoke(token)}>
                    Revoke
                  </Button>
                ) : (
                  <>
                    revoked <TimeText at={token.revokedAt} />
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
