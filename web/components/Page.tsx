import type { ReactNode } from 'react';
import styles from './Page.module.css';

interface Props {
  title: string;
  aside?: ReactNode;
  children: ReactNode;
}

/** The frame of a page that scrolls as one. */
export function Page({ title, aside, children }: Props) {
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <h1>{title}</h1>
        {aside}
      </div>
      {children}
    </div>
  );
}
