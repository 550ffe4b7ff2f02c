import { Link } from '@tanstack/react-router';
import type { Search } from '../state/search.ts';
import styles from './Tabs.module.css';

export interface Tab {
  readonly id: string;
  readonly label: string;
  readonly count?: number;
  readonly to: string;
  readonly search?: Search;
}

/** Tabs are links: each is an address. Digits reach them. */
export function Tabs({ label, tabs, current }: { label: string; tabs: readonly Tab[]; current: string }) {
  return (
    <nav className={styles.tabs} aria-label={label} data-tabs>
      {tabs.map((tab) => (
        <Link
          key={tab.id}
          to={tab.to}
          search={tab.search ?? {}}
          className={styles.tab}
          data-current={tab.id === current || undefined}
          aria-current={tab.id === current ? 'page' : undefined}
          activeOptions={{ exact: true, includeSearch: true }}
        >
          {tab.label}
          {tab.count !== undefined && <span className={styles.count}>{tab.count}</span>}
        </Link>
      ))}
    </nav>
  );
}
