import { Link } from '@tanstack/react-router';
import { EmptyState } from '../components/EmptyState.tsx';
import { usePage } from '../state/page.ts';

export function NotFoundPage() {
  usePage('Not found', [{ label: 'Not found' }]);
  return (
    <main>
      <h1 className="sr">Not found</h1>
      <EmptyState text="There is no page at this address.">
        <Link to="/">Home</Link>
      </EmptyState>
    </main>
  );
}
