import { useQueryClient } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { lazy, Suspense, useEffect } from 'react';
import { ChartTooltip } from '../charts/ChartTooltip.tsx';
import { startFeed } from '../live/feed.ts';
import { overlay } from '../state/overlays.ts';
import { useStore } from '../state/store.ts';
import styles from './AppShell.module.css';
import { BottomBar } from './BottomBar.tsx';
import { OfflineStrip } from './OfflineStrip.tsx';
import { Rail } from './Rail.tsx';
import { Toasts } from './Toasts.tsx';
import { TopBar } from './TopBar.tsx';
import { useGlobalKeys } from './useGlobalKeys.ts';

const Palette = lazy(() => import('./Palette.tsx').then((module) => ({ default: module.Palette })));
const KeySheet = lazy(() => import('./KeySheet.tsx').then((module) => ({ default: module.KeySheet })));

export function AppShell() {
  const client = useQueryClient();
  const open = useStore(overlay);
  useEffect(() => startFeed(client), [client]);
  useGlobalKeys();
  // A dialog tells that it closed some time after it did: by then another may be open.
  const close = (which: 'palette' | 'keys') => (): void => {
    if (overlay.get() === which) overlay.set(null);
  };
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        Skip to the page
      </a>
      <Rail />
      <TopBar />
      <main id="main" className={styles.main} tabIndex={-1}>
        <OfflineStrip />
        <Outlet />
      </main>
      <BottomBar />
      <Toasts />
      <ChartTooltip />
      <Suspense>
        {open === 'palette' && <Palette onClose={close('palette')} />}
        {open === 'keys' && <KeySheet onClose={close('keys')} />}
      </Suspense>
    </div>
  );
}
