import { Pencil } from 'lucide-react';
import { useState } from 'react';
import styles from './EditableText.module.css';

interface Props {
  value: string;
  label: string;
  onSave(value: string): Promise<void> | void;
}

/** A name that a click makes writable: Enter saves, Escape keeps it as it was. */
export function EditableText({ value, label, onSave }: Props) {
  const [text, setText] = useState<string | null>(null);
  if (text === null)
    return (
      <button type="button" className={styles.text} title={`${label}: click to change`} onClick={() => setText(value)}>
        <span>{value}</span>
        <Pencil size={12} aria-hidden="true" />
        <span className="sr">, change</span>
      </button>
    );
  const close = (save: boolean): void => {
    const next = text.trim();
    setText(null);
    if (save && next !== '' && next !== value) void onSave(next);
  };
  return (
    <input
      className={styles.input}
      aria-label={label}
      // biome-ignore lint/a11y/noAutofocus: the click asked for it.
      autoFocus
      value={text}
      size={Math.max(12, text.length)}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => close(true)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') close(true);
        if (event.key === 'Escape') close(false);
        event.stopPropagation();
      }}
    />
  );
}
