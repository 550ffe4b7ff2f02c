import { Link } from '@tanstack/react-router';
import { buttonClass } from '../../components/Button.tsx';
import { CopyLine } from '../../components/CopyLine.tsx';
import { Page } from '../../components/Page.tsx';
import styles from './HomePage.module.css';

/** Home before there is any run. */
export function FirstRun() {
  return (
    <Page title="Start here">
      <p>
        Nothing is running. Start the demo (2 min on this CPU), or run <code>npx tidemark run submit cats.yaml</code>.
      </p>
      <div className={styles.first}>
        <section>
          <h2>Watch the demo train</h2>
          <p>Two short runs on small images, without and with augmentation, appear here and visibly differ.</p>
          <CopyLine text="npm start" label="Copy the command" />
        </section>
        <section>
          <h2>Submit a config</h2>
          <p>Write one with its layers checked as you type, or send a file from the terminal.</p>
          <CopyLine text="npx tidemark run submit cats.yaml" label="Copy the command" />
          <Link to="/new" className={buttonClass} data-look="primary">
            New run
          </Link>
        </section>
        <section>
          <h2>Start a worker</h2>
          <p>On the machine with the images: it takes queued runs and trains them.</p>
          <CopyLine text={`npx tidemark worker --api ${location.origin} --token …`} label="Copy the command" />
          <Link to="/settings/tokens" className={buttonClass}>
            Create a token
          </Link>
        </section>
      </div>
    </Page>
  );
}
