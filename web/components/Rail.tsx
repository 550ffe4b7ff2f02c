import { Link } from '@tanstack/react-router';
import { CircleHelp, Moon, Sun } from 'lucide-react';
import { PLACES, type Place, SETTINGS } from '../state/nav.ts';
import { overlay } from '../state/overlays.ts';
import { useStore } from '../state/store.ts';
import { chooseTheme, theme } from '../state/theme.ts';
import { Button } from './Button.tsx';
import { Logo } from './Logo.tsx';
import styles from './Rail.module.css';

function Item({ place }: { place: Place }) {
  const Icon = place.icon;
  return (
    <Link
      to={place.to}
      className={styles.item}
      activeOptions={{ exact: place.to === '/', includeSearch: false }}
      data-tip={place.keys ? `${place.label}  ${place.keys}` : place.label}
      aria-label={place.label}
    >
      <Icon size={18} strokeWidth={1.75} aria-hidden="true" />
    </Link>
  );
}

export function Rail() {
  const current = useStore(theme);
  const next = current === 'dark' ? 'light' : 'dark';
  return (
    <nav className={styles.rail} aria-label="Main">
      <Link to="/" className={styles.logo} aria-label="Tidemark, home">
        <Logo />
      </Link>
      {PLACES.map((place) => (
        <Item key={place.to} place={place} />
      ))}
      <span className={styles.spring} />
      <Item place={SETTINGS} />
      <Button
        look="icon"
        className={styles.item}
        data-tip="Keys  ?"
        aria-label="Keyboard shortcuts"
        onClick={() => overlay.set('keys')}
      >
        <CircleHelp size={18} strokeWidth={1.75} aria-hidden="true" />
      </Button>
      <Button
        look="icon"
        className={styles.item}
        data-tip={`Switch to ${next}`}
        aria-label={`Switch to the ${next} theme`}
        onClick={() => chooseTheme(next)}
      >
        {current === 'dark' ? (
          <Sun size={18} strokeWidth={1.75} aria-hidden="true" />
        ) : (
          <Moon size={18} strokeWidth={1.75} aria-hidden="true" />
        )}
      </Button>
    </nav>
  );
}
