import { Link } from '@tanstack/react-router';
import { seriesStyle } from '../charts/style.ts';
import { MiddleText } from './MiddleText.tsx';
import styles from './RunLink.module.css';
import { Swatch } from './Swatch.tsx';

interface Props {
  run: { id: string; ordinal: number; name: string };
  experiment?: string;
}

/** A run by stroke, number and name. */
export function RunLink({ run, experiment }: Props) {
  return (
    <Link to="/r/$run" params={{ run: run.id }} className={styles.link}>
      <Swatch style={seriesStyle(run.ordinal)} />
      {experiment && <span className={styles.quiet}>{experiment}</span>}
      <span className={styles.ordinal}>#{run.ordinal}</span>
      <MiddleText text={run.name} />
    </Link>
  );
}
