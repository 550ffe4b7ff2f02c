import type { AlertRule } from '@tidemark/api/contract/alerts';
import { EXIT, Failure } from '../failure.ts';

/** `val_loss > 5`, `nan`, `nan loss`, `no progress 30`, `failed`, `finished`, `worker lost`. @throws Failure usage */
export function alertRule(text: string, fromStep?: number): AlertRule {
  const words = text.trim();
  const metric = /^(\S(?:.*\S)?)\s*(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/i.exec(words);
  if (metric) {
    const [, key = '', op = '', value = ''] = metric;
    // The expression has only these operators.
    const rule = { kind: 'metric' as const, key, op: op as '>' | '>=' | '<' | '<=', value: Number(value) };
    return fromStep === undefined ? rule : { ...rule, fromStep };
  }
  const [, key] = /^nan(?:\s+(.+))?$/i.exec(words) ?? [];
  if (/^nan\b/i.test(words)) return key === undefined ? { kind: 'nan' } : { kind: 'nan', key };
  const stalled = /^no[ _]progress\s+(\d+)\s*(?:m|min|minutes)?$/i.exec(words);
  if (stalled) return { kind: 'no_progress', minutes: Number(stalled[1]) };
  const end = words.toLowerCase().replace(' ', '_');
  if (end === 'failed' || end === 'finished' || end === 'worker_lost') return { kind: end };
  throw new Failure(`\`${text}\` is no rule.`, {
    hint: 'Such as `val_loss > 5`, `nan`, `nan loss`, `no progress 30` (minutes), `failed`, `finished`, `worker lost`.',
    exit: EXIT.usage,
  });
}
