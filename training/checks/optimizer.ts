import type { ConfigIssue } from '../issues.ts';
import type { Check } from './check.ts';

const CLIPS = ['clipnorm', 'clipvalue', 'global_clipnorm'] as const;

/** As Keras refuses them: one way of clipping at a time, and nothing overwritten by an average that is not kept. */
export const optimizerIsConsistent: Check = ({ optimizer }) => {
  const issues: ConfigIssue[] = [];
  const [first, ...more] = CLIPS.filter((key) => optimizer[key] !== undefined);
  for (const key of more) {
    issues.push({
      path: ['optimizer', key],
      message: `\`${first}\` and \`${key}\` do not go together`,
      value: optimizer[key],
      allowed: 'one of `clipnorm`, `clipvalue`, `global_clipnorm`',
    });
  }
  if (optimizer.ema_overwrite_frequency !== undefined && !optimizer.use_ema) {
    issues.push({
      path: ['optimizer', 'ema_overwrite_frequency'],
      message: '`ema_overwrite_frequency` needs `use_ema: true`',
      value: optimizer.ema_overwrite_frequency,
      allowed: 'nothing, or `use_ema: true` beside it',
    });
  }
  return issues;
};
