import { X } from 'lucide-react';
import { useStore } from '../state/store.ts';
import { dismiss, toasts, undo } from '../state/toasts.ts';
import { Button } from './Button.tsx';
import styles from './Toasts.module.css';

export function Toasts() {
  const shown = useStore(toasts);
  return (
    <div className={styles.toasts} role="status" aria-live="polite">
      {shown.map((entry) => (
        <div key={entry.id} className={styles.toast} data-kind={entry.kind}>
          <span>{entry.text}</span>
          {entry.undo && (
            <Button look="quiet" onClick={() => void undo(entry.id)}>
              Undo
            </Button>
          )}
          <Button look="icon" aria-label="Dismiss" onClick={() => dismiss(entry.id)}>
            <X size={14} aria-hidden="true" />
          </Button>
        </div>
      ))}
    </div>
  );
}
