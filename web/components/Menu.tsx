import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { Button } from './Button.tsx';
import styles from './Menu.module.css';

export interface MenuItem {
  readonly label: string;
  readonly hint?: string;
  readonly checked?: boolean;
  readonly disabled?: boolean;
  readonly danger?: boolean;
  onSelect(): void;
}

interface Props {
  label: string;
  trigger: ReactNode;
  items: readonly MenuItem[];
  look?: 'plain' | 'quiet' | 'icon';
}

/** A button and its list of choices: arrows move, letters jump, Escape closes. */
export function Menu({ label, trigger, items, look = 'plain' }: Props) {
  const [open, setOpen] = useState(false);
  const [place, setPlace] = useState({ left: 0, top: 0, up: false });
  const button = useRef<HTMLSpanElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();

  useEffect(() => {
    if (!open) return;
    const element = list.current;
    element?.showPopover();
    const checked = element?.querySelector<HTMLElement>('[aria-checked=true]');
    (checked ?? element?.querySelector<HTMLElement>('[role^=menuitem]'))?.focus();
  }, [open]);

  function show(): void {
    const box = button.current?.getBoundingClientRect();
    if (!box) return;
    const up = box.bottom > window.innerHeight * 0.65;
    setPlace({ left: Math.min(box.left, window.innerWidth - 236), top: up ? box.top - 4 : box.bottom + 4, up });
    setOpen(true);
  }

  function close(): void {
    setOpen(false);
    button.current?.querySelector('button')?.focus();
  }

  function onKeyDown(event: KeyboardEvent): void {
    const entries = [...(list.current?.querySelectorAll<HTMLElement>('[role^=menuitem]:not(:disabled)') ?? [])];
    const at = entries.indexOf(document.activeElement as HTMLElement);
    const go = (index: number): void => entries[(index + entries.length) % entries.length]?.focus();
    event.stopPropagation();
    if (event.key === 'ArrowDown') go(at + 1);
    else if (event.key === 'ArrowUp') go(at - 1);
    else if (event.key === 'Home') go(0);
    else if (event.key === 'End') go(-1);
    else if (event.key === 'Escape' || event.key === 'Tab') close();
    else if (event.key.length === 1) {
      const found = entries.find(
        (entry, i) => i > at && entry.textContent?.toLowerCase().startsWith(event.key.toLowerCase()),
      );
      (found ?? entries.find((entry) => entry.textContent?.toLowerCase().startsWith(event.key.toLowerCase())))?.focus();
      return;
    } else return;
    event.preventDefault();
  }

  return (
    <span ref={button} className={styles.anchor}>
      <Button
        look={look}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        aria-label={label}
        title={look === 'icon' ? label : undefined}
        onClick={() => (open ? close() : show())}
      >
        {trigger}
      </Button>
      {open && (
        <div
          ref={list}
          id={id}
          role="menu"
          aria-label={label}
          popover="auto"
          tabIndex={-1}
          className={styles.menu}
          style={{ left: place.left, top: place.top, transform: place.up ? 'translateY(-100%)' : undefined }}
          onKeyDown={onKeyDown}
          onToggle={(event) => {
            if ((event as unknown as { newState: string }).newState === 'closed') setOpen(false);
          }}
        >
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              role={item.checked === undefined ? 'menuitem' : 'menuitemradio'}
              {...(item.checked === undefined ? {} : { 'aria-checked': item.checked })}
              disabled={item.disabled}
              data-danger={item.danger || undefined}
              onClick={() => {
                close();
                item.onSelect();
              }}
            >
              <span>{item.label}</span>
              {item.hint && <span className={styles.hint}>{item.hint}</span>}
            </button>
          ))}
        </div>
      )}
    </span>
  );
}
