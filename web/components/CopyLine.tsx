import { CopyButton } from './CopyButton.tsx';
import styles from './CopyLine.module.css';

/** A command or an address, ready to be taken. */
export function CopyLine({ text, label }: { text: string; label: string }) {
  return (
    <div className={styles.line}>
      <code>{text}</code>
      <CopyButton text={text} label={label} />
    </div>
  );
}
