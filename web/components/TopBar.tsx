import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { endSession } from '@tidemark/api/contract/tokens';
import { Link2, Plus, Search } from 'lucide-react';
import { failed } from '../actions/failed.ts';
import { api, place } from '../api.ts';
import { meQuery } from '../queries.ts';
import { overlay } from '../state/overlays.ts';
import { pageExperiment } from '../state/page.ts';
import { copyLink } from '../state/share.ts';
import { useStore } from '../state/store.ts';
import { Breadcrumb } from './Breadcrumb.tsx';
import { Button, buttonClass } from './Button.tsx';
import { LiveBadge } from './LiveBadge.tsx';
import { Menu } from './Menu.tsx';
import styles from './TopBar.module.css';

const mac = /Mac|iPhone|iPad/.test(navigator.userAgent);

export function TopBar() {
  const { data: me } = useQuery(meQuery);
  const experiment = useStore(pageExperiment);
  async function logOut(): Promise<void> {
    try {
      await api.call(endSession);
      location.assign(`${place.basepath}/login`);
    } catch (error) {
      failed('Still logged in', error);
    }
  }
  return (
    <header className={styles.bar}>
      <Breadcrumb />
      <button type="button" className={styles.search} onClick={() => overlay.set('palette')}>
        <Search size={14} aria-hidden="true" />
        <span>Search or run a command…</span>
        <kbd>{mac ? '⌘K' : 'Ctrl K'}</kbd>
      </button>
      <LiveBadge />
      <span className={styles.wide}>
        <Button look="quiet" onClick={copyLink} title="Copy a link to this view  Y">
          <Link2 size={14} aria-hidden="true" /> Share
        </Button>
      </span>
      <Link
        to="/new"
        search={experiment ? { e: experiment } : {}}
        className={`${buttonClass} ${styles.wide}`}
        data-look="primary"
        title="New run  C"
      >
        <Plus size={14} aria-hidden="true" /> New run
      </Link>
      {me && (
        <Menu
          label={`Logged in as ${me.name}`}
          look="icon"
          trigger={<span className={styles.user} data-initials={me.name.slice(0, 2).toUpperCase()} />}
          items={[
            { label: me.name, hint: me.scope, disabled: true, onSelect: () => {} },
            { label: `Project ${me.project}`, hint: `v${me.version}`, disabled: true, onSelect: () => {} },
            { label: 'Log out', onSelect: () => void logOut() },
          ]}
        />
      )}
    </header>
  );
}
