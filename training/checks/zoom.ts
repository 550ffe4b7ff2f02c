import { shown } from '../issues.ts';
import type { Check } from './check.ts';

export const zoomStaysPositive: Check = ({ augmentation: { zoom_range: zoom } }) => {
  const low = typeof zoom === 'number' ? 1 - Math.abs(zoom) : Math.min(...zoom);
  return low > 0
    ? []
    : [
        {
          path: ['augmentation', 'zoom_range'],
          message: 'Zoom factors must stay above 0',
          value: shown(zoom),
          allowed: 'a number below 1, or [low, high] above 0',
        },
      ];
};
