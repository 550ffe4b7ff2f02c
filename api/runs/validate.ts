import type * as z from 'zod';
import type { validateConfig } from '../contract/runs.ts';
import { checkConfig } from './config.ts';

/** What registration would say to a config, without registering it. */
export function validateRun(config: string | Record<string, unknown>): z.output<typeof validateConfig.response> {
  const result = checkConfig(config);
  if (!result.ok) return { ok: false, issues: result.issues, resolved: null, layers: result.layers };
  return { ok: true, issues: [], resolved: result.checked.config, layers: result.checked.layers };
}
