import { ApiError } from '@tidemark/client';
import { Button } from './Button.tsx';
import { CopyButton } from './CopyButton.tsx';
import styles from './ErrorPanel.module.css';

interface Props {
  error: Error;
  onRetry?: (() => void) | undefined;
  /** Instead of the error's own words. */
  message?: string | undefined;
  /** The page's heading, where the panel is all there is of the page. */
  heading?: string;
}

/** The smallest region that failed says what, what to do, and which request it was. */
export function ErrorPanel({ error, onRetry, message, heading }: Props) {
  const api = error instanceof ApiError ? error : null;
  return (
    <div className={styles.panel} role="alert">
      {heading && <h1 className="sr">{heading}</h1>}
      <p className={styles.message}>{message ?? error.message}</p>
      {api?.hint && <p>{api.hint}</p>}
      <div className={styles.foot}>
        {onRetry && <Button onClick={onRetry}>Retry</Button>}
        {api?.requestId && (
          <span className={styles.request}>
            Request {api.requestId.slice(0, 8)} <CopyButton text={api.requestId} label="Copy the request’s id" />
          </span>
        )}
      </div>
    </div>
  );
}
