import { useQuery, useQueryClient } from '@tanstack/react-query';
import { revokeToken, type Token } from '@tidemark/api/contract/tokens';
import { useState } from 'react';
import { failed } from '../../actions/failed.ts';
import { api } from '../../api.ts';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { Page } from '../../components/Page.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { tokensQuery } from '../../queries.ts';
import { usePage } from '../../state/page.ts';
import { toast } from '../../state/toasts.ts';
import { CreateToken } from './CreateToken.tsx';
import { TokenTable } from './TokenTable.tsx';

export function TokensPage() {
  usePage('Tokens', [{ label: 'Settings' }, { label: 'Tokens' }]);
  const client = useQueryClient();
  const tokens = useQuery(tokensQuery);
  const [revoking, setRevoking] = useState<Token | null>(null);

  async function revoke(token: Token): Promise<void> {
    setRevoking(null);
    try {
      await api.call(revokeToken, { params: { id: token.id } });
      toast(`Revoked ${token.name}`);
    } catch (error) {
      failed(`${token.name} was not revoked`, error);
    }
    void client.invalidateQueries({ queryKey: ['tokens'] });
  }

  return (
    <Page title="Tokens">
      {tokens.isError && !tokens.data ? (
        <ErrorPanel error={tokens.error} onRetry={() => void tokens.refetch()} />
      ) : tokens.isPending ? (
        <Skeleton what="the tokens" />
      ) : (
        <>
          <Card title="Create a token">
            <CreateToken />
          </Card>
          <Card title={`${tokens.data.length} ${tokens.data.length === 1 ? 'token' : 'tokens'}`} flush>
            <TokenTable tokens={tokens.data} onRevoke={setRevoking} />
          </Card>
        </>
      )}
      {revoking && (
        <Dialog
          title={`Revoke ${revoking.name}?`}
          onClose={() => setRevoking(null)}
          foot={
            <>
              <Button onClick={() => setRevoking(null)}>Keep it</Button>
              <Button look="danger" onClick={() => void revoke(revoking)}>
                Revoke
              </Button>
            </>
          }
        >
          <p>
            Whatever uses it is refused from then on, workers too, and this cannot be undone. Scope: {revoking.scope}.
          </p>
        </Dialog>
      )}
    </Page>
  );
}
