import type { ErrorComponentProps } from '@tanstack/react-router';
import { ErrorPanel } from './ErrorPanel.tsx';

/** A page that broke: the shell around it goes on. */
export function PageError({ error, reset }: ErrorComponentProps) {
  return (
    <ErrorPanel
      heading="This page broke"
      error={error instanceof Error ? error : new Error(String(error))}
      onRetry={reset}
    />
  );
}
