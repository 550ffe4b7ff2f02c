import styles from './MiddleText.module.css';

/** A long name cut in the middle by CSS alone: the head shrinks, the last twelve characters stay. */
export function MiddleText({ text }: { text: string }) {
  if (text.length <= 14) return <span className={styles.text}>{text}</span>;
  return (
    <span className={styles.text} title={text}>
      <span className={styles.head}>{text.slice(0, -12)}</span>
      <span className={styles.tail}>{text.slice(-12)}</span>
    </span>
  );
}
