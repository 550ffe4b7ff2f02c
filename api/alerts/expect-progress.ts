import type { Deps } from '../deps.ts';
import { cachedAlerts } from './cached.ts';

/** Asks for the tick that looks at the progress of runs, if an alert wants to know of it; the tick asks for the next. */
export async function expectProgress(deps: Deps): Promise<void> {
  const waits = (await cachedAlerts(deps)).flatMap(({ rule }) => (rule.kind === 'no_progress' ? [rule.minutes] : []));
  if (waits.length > 0) deps.schedule(deps.now() + Math.min(...waits) * 60_000);
}
