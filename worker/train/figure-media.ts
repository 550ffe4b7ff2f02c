import type { MediaUpload } from '../spool-record.ts';
import type { TestFigures } from './test-figures.ts';

type Item = MediaUpload['items'][number];

/** The contract takes so many classes of a confusion matrix. */
const MOST_CLASSES = 250;

/** An evaluation's confusion matrix and curves as media: `val/confusion_matrix`, `val/roc_curve`, `val/pr_curve`. */
export function figureMedia(prefix: string, figures: TestFigures, at: { step: number; time: number }): Item[] {
  const { confusion, perClass, curves } = figures.report();
  const time = Math.trunc(at.time);
  const items: Item[] = [];
  const add = (name: string, value: Item['value']) =>
    items.push({ key: `${prefix}/${name}`, step: at.step, time, value });
  if (confusion.length > 0 && confusion.length <= MOST_CLASSES) {
    const classes = perClass.map((one) => one.class.slice(0, 500));
    add('confusion_matrix', { type: 'confusion_matrix', classes, counts: confusion });
  }
  const drawn = curves.filter(({ roc }) => roc.x.length > 0);
  if (drawn.length === 0) return items;
  const areas = new Map(perClass.map((one) => [one.class, one.auc]));
  add('roc_curve', {
    type: 'roc_curve',
    curves: drawn.map(({ class: name, roc }) => {
      const area = areas.get(name) ?? null;
      return { name: name.slice(0, 500), ...roc, ...(area === null ? {} : { area }) };
    }),
  });
  const pr = drawn.map(({ class: name, pr: curve }) => ({ name: name.slice(0, 500), ...curve }));
  add('pr_curve', { type: 'pr_curve', curves: pr });
  return items;
}
