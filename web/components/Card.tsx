import type { ReactNode } from 'react';
import styles from './Card.module.css';

interface Props {
  title: string;
  aside?: ReactNode;
  children: ReactNode;
  /** Without inner spacing, for lists that reach the edges. */
  flush?: boolean;
}

export function Card({ title, aside, children, flush = false }: Props) {
  return (
    <section className={styles.card} aria-label={title}>
      <div className={styles.head}>
        <h2>{title}</h2>
        {aside}
      </div>
      <div className={styles.body} data-flush={flush || undefined}>
        {children}
      </div>
    </section>
  );
}
