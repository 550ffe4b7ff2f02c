import { useEffect, useState } from 'react';
import { formatMoment, formatTime } from '../format/time.ts';

/** Relative to now within a week, refreshed by itself; the whole moment on hover. */
export function TimeText({ at }: { at: number }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), Date.now() - at < 120_000 ? 10_000 : 60_000);
    return () => clearInterval(timer);
  }, [at]);
  return (
    <time dateTime={new Date(at).toISOString()} title={formatMoment(at)}>
      {formatTime(at, now)}
    </time>
  );
}
