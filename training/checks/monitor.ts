import type { RunConfig } from '../config.ts';
import type { ConfigIssue } from '../issues.ts';
import { loggedMetrics, mayLog } from '../monitor.ts';
import { nearest } from '../nearest.ts';
import type { Check } from './check.ts';

/** Everything that watches a metric watches one that is logged. */
export const monitorIsLogged: Check = (config) => {
  const { checkpoint, early_stopping, optimizer } = config;
  const rate = optimizer.learning_rate;
  return [
    ...unlogged(config, ['checkpoint', 'monitor'], checkpoint.monitor),
    ...(early_stopping ? unlogged(config, ['early_stopping', 'monitor'], early_stopping.monitor) : []),
    ...(typeof rate === 'object' && rate.schedule === 'reduce_on_plateau'
      ? unlogged(config, ['optimizer', 'learning_rate', 'monitor'], rate.monitor)
      : []),
  ];
};

function unlogged(config: RunConfig, path: ConfigIssue['path'], monitor: string): ConfigIssue[] {
  if (mayLog(config, monitor)) return [];
  const logged = loggedMetrics(config);
  const unvalidated = !logged.includes('val_loss') && logged.some((key) => `val_${key}` === monitor);
  const meant = nearest(monitor, logged);
  const hint = unvalidated
    ? 'Set `data.validation_split`, or name a `data.validation` folder.'
    : meant && `Did you mean \`${meant}\`?`;
  return [
    {
      path,
      message: `\`${monitor}\` will never be logged by this run`,
      value: monitor,
      allowed: `one of ${logged.map((key) => `\`${key}\``).join(', ')}`,
      ...(hint ? { hint } : {}),
    },
  ];
}
