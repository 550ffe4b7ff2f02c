import { loggedMetrics } from '../monitor.ts';
import { nearest } from '../nearest.ts';
import type { Check } from './check.ts';

export const monitorIsLogged: Check = ({ checkpoint: { monitor }, data }) => {
  const logged = loggedMetrics(data);
  if (logged.includes(monitor)) return [];
  const everywhere = [...logged, 'val_loss', 'val_accuracy'];
  const unvalidated = !logged.includes('val_loss') && everywhere.includes(monitor);
  const meant = nearest(monitor, logged);
  const hint = unvalidated
    ? 'Set `data.validation_split`, or name a `data.validation` folder.'
    : meant && `Did you mean \`${meant}\`?`;
  return [
    {
      path: ['checkpoint', 'monitor'],
      message: `\`${monitor}\` will never be logged by this run`,
      value: monitor,
      allowed: `one of ${logged.map((key) => `\`${key}\``).join(', ')}`,
      ...(hint ? { hint } : {}),
    },
  ];
};
