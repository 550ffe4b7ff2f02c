import { ApiError } from '@tidemark/client';
import { Search, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import styles from './FilterField.module.css';

/** Whether the server refused what stands in the field, and not, say, the order in the address. */
const isFilterError = (error: Error | null): error is ApiError =>
  error instanceof ApiError &&
  error.code === 'invalid_request' &&
  error.details.some(({ path }) => path.includes('filter'));

interface Props {
  value: string;
  error: Error | null;
  keys: readonly string[];
  onChange(value: string): void;
}

/** The API's own filter grammar in one line; what it refuses is said under it, at its place. */
export function FilterField({ value, error, keys, onChange }: Props) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const refused = isFilterError(error) ? error : null;
  return (
    <form
      className={styles.form}
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        onChange(text.trim());
      }}
    >
      <div className={styles.field} data-invalid={refused ? true : undefined}>
        <Search size={14} aria-hidden="true" />
        <input
          data-filter
          type="text"
          aria-label="Filter runs"
          placeholder="status = finished and metrics.val_loss.min < 0.5"
          spellCheck={false}
          autoComplete="off"
          list="filter-keys"
          value={text}
          aria-invalid={refused !== null}
          aria-describedby={refused ? 'filter-error' : undefined}
          onChange={(event) => setText(event.target.value)}
          onBlur={() => text.trim() !== value && onChange(text.trim())}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            setText(value);
            event.currentTarget.blur();
          }}
        />
        <datalist id="filter-keys">
          {keys.map((key) => (
            <option key={key} value={key} />
          ))}
        </datalist>
        {value !== '' && (
          <button type="button" aria-label="Clear the filter" onClick={() => onChange('')}>
            <X size={14} aria-hidden="true" />
          </button>
        )}
      </div>
      {refused && (
        <p id="filter-error" className={styles.error} role="alert">
          {refused.message}
          {refused.hint && <span> {refused.hint}</span>}
        </p>
      )}
    </form>
  );
}
