import { Link } from '@tanstack/react-router';
import { place } from '../api.ts';
import { CopyLine } from './CopyLine.tsx';
import { EmptyState } from './EmptyState.tsx';

/** The one command that starts a worker, with this server's address in it. */
export function WorkerCommand({ lead = 'No worker yet. On the training machine:' }: { lead?: string }) {
  return (
    <EmptyState text={lead}>
      <CopyLine
        text={`npx tidemark worker --api ${location.origin}${place.basepath} --token …`}
        label="Copy the command"
      />
      <p>
        The token is one of scope <code>worker</code>: <Link to="/settings/tokens">create one</Link>. On the server’s
        own machine it is found without.
      </p>
    </EmptyState>
  );
}
