import { Eye, EyeOff } from 'lucide-react';
import styles from './EyeSwitch.module.css';

interface Props {
  name: string;
  shown: boolean;
  onChange(shown: boolean): void;
  tabIndex?: number;
}

export function EyeSwitch({ name, shown, onChange, tabIndex }: Props) {
  const Icon = shown ? Eye : EyeOff;
  return (
    <button
      type="button"
      role="switch"
      aria-checked={shown}
      aria-label={`Show ${name}`}
      className={styles.eye}
      tabIndex={tabIndex}
      onClick={(event) => {
        event.stopPropagation();
        onChange(!shown);
      }}
    >
      <Icon size={14} aria-hidden="true" />
    </button>
  );
}
