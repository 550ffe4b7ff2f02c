import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect, useState } from 'react';
import { singleKeys, typing } from '../state/keys.ts';
import styles from './SplitPane.module.css';

interface Props {
  left: ReactNode;
  right: ReactNode;
  /** Of the left pane; 0: its usual one. */
  width: number;
  onWidth(width: number): void;
}

const usual = (): number => (window.innerWidth >= 1280 ? 440 : 360);

/** Two panes and the line between them: drag it, or move it with the arrows. `[` and `]` hide one, `\` halves. */
export function SplitPane({ left, right, width, onWidth }: Props) {
  const [hidden, setHidden] = useState<'left' | 'right' | null>(null);
  const [dragged, setDragged] = useState<number | null>(null);
  const shown = dragged ?? (width || usual());

  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent): void => {
      if (!singleKeys.get() || typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === '[') setHidden((now) => (now === 'left' ? null : 'left'));
      else if (event.key === ']') setHidden((now) => (now === 'right' ? null : 'right'));
      else if (event.key === '\\') {
        setHidden(null);
        onWidth(Math.round((window.innerWidth - 48) / 2));
      } else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [onWidth]);

  const clamp = (value: number): number => Math.round(Math.min(960, Math.max(320, value)));

  function onPointerDown(event: PointerEvent<HTMLElement>): void {
    const handle: HTMLElement = event.currentTarget;
    const origin = handle.parentElement?.getBoundingClientRect().left ?? 0;
    handle.setPointerCapture(event.pointerId);
    const move = (next: globalThis.PointerEvent): void => setDragged(clamp(next.clientX - origin));
    handle.addEventListener('pointermove', move);
    handle.addEventListener(
      'pointerup',
      (up) => {
        handle.removeEventListener('pointermove', move);
        setDragged(null);
        onWidth(clamp(up.clientX - origin));
      },
      { once: true },
    );
  }

  function onKeyDown(event: KeyboardEvent): void {
    const by = event.key === 'ArrowLeft' ? -20 : event.key === 'ArrowRight' ? 20 : 0;
    if (by === 0) return;
    event.preventDefault();
    onWidth(clamp(shown + by));
  }

  return (
    <div
      className={styles.split}
      style={{
        gridTemplateColumns:
          hidden === 'left'
            ? '0 1px minmax(0, 1fr)'
            : hidden === 'right'
              ? 'minmax(0, 1fr) 1px 0'
              : `${shown}px 1px minmax(0, 1fr)`,
      }}
    >
      <div className={styles.pane} hidden={hidden === 'left'}>
        {left}
      </div>
      <div
        role="separator"
        aria-orientation="vertical"
        aria-label="Width of the table"
        aria-valuenow={shown}
        aria-valuemin={320}
        aria-valuemax={960}
        tabIndex={0}
        className={styles.handle}
        onPointerDown={onPointerDown}
        onKeyDown={onKeyDown}
      />
      <div className={styles.pane} hidden={hidden === 'right'}>
        {right}
      </div>
    </div>
  );
}
