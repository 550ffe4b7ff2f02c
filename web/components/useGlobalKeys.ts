import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { tinykeys } from 'tinykeys';
import { crosshair, hoverRun, tooltip } from '../charts/hover.ts';
import { singleKeys, typing } from '../state/keys.ts';
import { overlay } from '../state/overlays.ts';
import { pageExperiment } from '../state/page.ts';
import { copyLink } from '../state/share.ts';
import { undo } from '../state/toasts.ts';

/** The shell's keys. Every one of them also has a visible control. */
export function useGlobalKeys(): void {
  const navigate = useNavigate();
  useEffect(() => {
    const single = (act: (event: KeyboardEvent) => void) => (event: KeyboardEvent) => {
      if (!singleKeys.get() || typing(event.target) || event.defaultPrevented) return;
      act(event);
    };
    const go = (to: '/' | '/e' | '/queue' | '/workers') => single(() => void navigate({ to }));
    const bindings: Record<string, (event: KeyboardEvent) => void> = {
      '$mod+KeyK': (event) => {
        event.preventDefault();
        overlay.set(overlay.get() === 'palette' ? null : 'palette');
      },
      '$mod+KeyZ': (event) => {
        if (typing(event.target)) return;
        event.preventDefault();
        void undo();
      },
      // With Shift on most layouts, without on some.
      'Shift+?': single(() => overlay.set('keys')),
      '?': single(() => overlay.set('keys')),
      '/': single((event) => {
        const field = document.querySelector<HTMLElement>('[data-filter]');
        if (!field) return;
        event.preventDefault();
        field.focus();
      }),
      y: single(copyLink),
      c: single(() => {
        const experiment = pageExperiment.get();
        void navigate({ to: '/new', search: experiment ? { e: experiment } : {} });
      }),
      'g h': go('/'),
      'g e': go('/e'),
      'g q': go('/queue'),
      'g w': go('/workers'),
      Escape: (event) => {
        if (typing(event.target)) return;
        tooltip.set(null);
        crosshair.set(null);
        hoverRun.set(null);
      },
    };
    for (let digit = 1; digit <= 9; digit++) {
      bindings[String(digit)] = single(() => {
        document.querySelectorAll<HTMLElement>('[data-tabs] a')[digit - 1]?.click();
      });
    }
    return tinykeys(window, bindings);
  }, [navigate]);
}
