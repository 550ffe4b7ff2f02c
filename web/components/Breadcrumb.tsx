import { Link } from '@tanstack/react-router';
import { seriesStyle } from '../charts/style.ts';
import { crumbs } from '../state/page.ts';
import { useStore } from '../state/store.ts';
import styles from './Breadcrumb.module.css';
import { MiddleText } from './MiddleText.tsx';
import { Swatch } from './Swatch.tsx';

export function Breadcrumb() {
  const path = useStore(crumbs);
  return (
    <nav aria-label="Breadcrumb" className={styles.crumbs}>
      <ol>
        {path.map((crumb, index) => {
          const last = index === path.length - 1;
          const inner = (
            <>
              {crumb.ordinal !== undefined && <Swatch style={seriesStyle(crumb.ordinal)} />}
              <MiddleText text={crumb.label} />
            </>
          );
          return (
            <li key={`${crumb.to ?? ''} ${crumb.label}`} data-last={last || undefined}>
              {crumb.to && !last ? (
                <Link to={crumb.to} className={styles.part}>
                  {inner}
                </Link>
              ) : (
                <span className={styles.part} aria-current={last ? 'page' : undefined}>
                  {inner}
                </span>
              )}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
