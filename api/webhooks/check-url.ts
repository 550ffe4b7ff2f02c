import type { Deps } from '../deps.ts';
import { invalid } from '../errors.ts';
import { refusedUrl } from './url.ts';

/** Errors: invalid_request, when this deployment sends nothing to such an address. */
export function checkWebhookUrl(deps: Deps, url: string): void {
  const refused = refusedUrl(url, deps.webhooks?.allowPrivate ?? false);
  if (refused === null) return;
  throw invalid(['url'], `url: ${refused}`, {
    value: url,
    hint: 'A server started with --private-webhooks sends into its own network too.',
  });
}
