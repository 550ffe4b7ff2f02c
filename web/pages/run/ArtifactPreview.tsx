import { useQuery } from '@tanstack/react-query';
import type { Artifact } from '@tidemark/api/contract/artifacts';
import { Download } from 'lucide-react';
import { artifactUrl } from '../../api.ts';
import { artifactText } from '../../artifact-text.ts';
import { buttonClass } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { formatBytes } from '../../format/bytes.ts';
import styles from './ArtifactsTab.module.css';

const IMAGES = /\.(png|jpe?g|gif|webp|bmp)$/i;
const TEXTS = /\.(txt|log|json|ya?ml|csv|md|toml)$/i;
const LARGEST = 512 * 1024;

/** Pictures and plain text are shown; anything else, a page of HTML above all, is only offered as a download. */
export function ArtifactPreview({ run, artifact }: { run: string; artifact: Artifact }) {
  const url = artifactUrl(run, artifact.path);
  const textual = TEXTS.test(artifact.path) && artifact.size <= LARGEST;
  const text = useQuery({ ...artifactText(run, artifact.path, artifact.digest), enabled: textual });
  return (
    <Card
      title={artifact.path}
      aside={
        <a className={buttonClass} href={url} download>
          <Download size={13} aria-hidden="true" /> Download
        </a>
      }
    >
      <div className={styles.preview}>
        <p className={styles.facts}>
          {formatBytes(artifact.size)} <code title={artifact.digest}>{artifact.digest.slice(0, 12)}</code>
          <CopyButton text={artifact.path} label="Copy the path" />
        </p>
        {IMAGES.test(artifact.path) ? (
          <img src={url} alt={artifact.path} />
        ) : textual ? (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls.
          <pre tabIndex={0}>{text.data ?? (text.isError ? text.error.message : '')}</pre>
        ) : (
          <p className={styles.facts}>No preview for this kind of file.</p>
        )}
      </div>
    </Card>
  );
}
