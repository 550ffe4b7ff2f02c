import { useEffect } from 'react';

let watching = 0;

/** True while something on the screen is running, so that the feed is asked every two seconds. */
export const isWatched = (): boolean => watching > 0;

export function useInterest(active: boolean): void {
  useEffect(() => {
    if (!active) return;
    watching += 1;
    return () => {
      watching -= 1;
    };
  }, [active]);
}
