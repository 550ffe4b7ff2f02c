import { useEffect, useState } from 'react';
import styles from './Skeleton.module.css';

interface Props {
  rows?: number;
  height?: number;
  /** What is waited for, said after five seconds. */
  what?: string;
}

/** Nothing for 150 ms, then bars of the final size, without shimmer. */
export function Skeleton({ rows = 6, height = 28, what }: Props) {
  const [stage, setStage] = useState<'nothing' | 'bars' | 'long'>('nothing');
  useEffect(() => {
    const bars = setTimeout(() => setStage('bars'), 150);
    const long = setTimeout(() => setStage('long'), 5000);
    return () => {
      clearTimeout(bars);
      clearTimeout(long);
    };
  }, []);
  if (stage === 'nothing') return <div style={{ minHeight: rows * height }} aria-busy="true" />;
  return (
    <div className={styles.skeleton} aria-busy="true" style={{ minHeight: rows * height }}>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bars have no identity.
        <div key={row} className={styles.row} style={{ height }}>
          <span style={{ width: `${[62, 48, 71, 55, 40][row % 5]}%` }} />
        </div>
      ))}
      {stage === 'long' && what && <p className={styles.what}>Waiting for {what}…</p>}
    </div>
  );
}
