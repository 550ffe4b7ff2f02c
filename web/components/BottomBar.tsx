import { Link, useNavigate } from '@tanstack/react-router';
import { Ellipsis } from 'lucide-react';
import { NEW_RUN, PLACES, SETTINGS } from '../state/nav.ts';
import { overlay } from '../state/overlays.ts';
import { chooseTheme, theme } from '../state/theme.ts';
import styles from './BottomBar.module.css';
import { Menu } from './Menu.tsx';

/** The rail of narrow screens: four places and the rest. */
export function BottomBar() {
  const navigate = useNavigate();
  return (
    <nav className={styles.bar} aria-label="Main">
      {PLACES.map(({ to, label, icon: Icon }) => (
        <Link key={to} to={to} className={styles.item} activeOptions={{ exact: to === '/', includeSearch: false }}>
          <Icon size={20} strokeWidth={1.75} aria-hidden="true" />
          <span>{label}</span>
        </Link>
      ))}
      <span className={styles.item}>
        <Menu
          label="More"
          look="icon"
          trigger={<Ellipsis size={20} aria-hidden="true" />}
          items={[
            { label: NEW_RUN.label, onSelect: () => void navigate({ to: NEW_RUN.to }) },
            { label: SETTINGS.label, onSelect: () => void navigate({ to: SETTINGS.to }) },
            { label: 'Search', onSelect: () => overlay.set('palette') },
            { label: 'Switch theme', onSelect: () => chooseTheme(theme.get() === 'dark' ? 'light' : 'dark') },
          ]}
        />
      </span>
    </nav>
  );
}
