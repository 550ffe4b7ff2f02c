import { setSingleKeys, singleKeys } from '../state/keys.ts';
import { useStore } from '../state/store.ts';
import { Dialog } from './Dialog.tsx';
import styles from './KeySheet.module.css';

const SHEET: readonly { title: string; keys: readonly (readonly [string, string])[] }[] = [
  {
    title: 'Everywhere',
    keys: [
      ['⌘/Ctrl K', 'Search or run a command'],
      ['?', 'This sheet'],
      ['/', 'Filter'],
      ['C', 'New run'],
      ['Y', 'Copy a link to this view'],
      ['⌘/Ctrl Z', 'Undo'],
      ['G then H E Q W', 'Home, experiments, queue, workers'],
      ['1 – 9', 'Tab'],
      ['Esc', 'Close, then let go'],
    ],
  },
  {
    title: 'Run table',
    keys: [
      ['J K ↓ ↑', 'Move'],
      ['X', 'Show or hide the run'],
      ['⇧ X', 'Show or hide down to here'],
      ['Enter', 'Open the run'],
      ['[ ]', 'Hide the table, the charts'],
      ['\\', 'Both at equal width'],
    ],
  },
  {
    title: 'Chart with the focus',
    keys: [
      ['← →', 'Crosshair by point (⇧: ten)'],
      ['↑ ↓', 'Next run'],
      ['W S', 'Zoom in, out'],
      ['A D', 'Move left, right'],
      ['0', 'All of it'],
      ['L', 'Logarithmic y'],
      ['V', 'As a table'],
    ],
  },
  { title: 'Run page', keys: [['J K', 'Next, previous run']] },
];

export function KeySheet({ onClose }: { onClose(): void }) {
  const on = useStore(singleKeys);
  return (
    <Dialog title="Keys" onClose={onClose} wide>
      <div className={styles.sheet}>
        {SHEET.map(({ title, keys }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {keys.map(([key, what]) => (
                <div key={key}>
                  <dt>
                    <kbd>{key}</kbd>
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <label className={styles.toggle}>
        <input type="checkbox" checked={on} onChange={(event) => setSingleKeys(event.target.checked)} /> Keys without a
        modifier act
      </label>
    </Dialog>
  );
}
