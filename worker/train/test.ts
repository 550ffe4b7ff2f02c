import type { RunConfig } from '@tidemark/training/config';
import type { TestReport } from '@tidemark/training/test-report';
import sharp from 'sharp';
import type { ImageShape } from '../data/decode.ts';
import type { Feed } from '../data/feed.ts';
import { imageBytes, PackReader } from '../data/pack.ts';
import { labelled, predicted } from './accuracy.ts';
import type { EpochLoop } from './epochs.ts';
import type { ImageSet, Images } from './images.ts';
import { line, type Port } from './port.ts';
import type { ArtifactStore } from './run.ts';

const MOST_WRONG = 16;

interface Wrong {
  index: number;
  label: number;
  predicted: number;
  probability: number;
}

/**
 * Tests the weights in the session on the test folder, stores the report with the most wrong images, and logs `test/loss` and
 * `test/accuracy`. @returns whether it was stopped before it was done.
 */
export async function testModel(
  config: RunConfig,
  images: Images,
  feed: Feed,
  loop: EpochLoop,
  store: ArtifactStore,
  port: Port,
): Promise<boolean> {
  const { classes, outputs } = images;
  const set = await images.test!();
  feed.define('test', set.spec);
  const confusion = classes.map(() => classes.map(() => 0));
  const wrong: Wrong[] = [];
  let index = 0;
  const sums = await loop.evaluate('test', 0, 'testing', (batch, probabilities) => {
    for (let row = 0; row < batch.count; row++, index++) {
      const label = labelled(batch.labels, row, outputs);
      const guess = predicted(probabilities, row, outputs);
      confusion[label]![guess]!++;
      if (guess === label) continue;
      const p = outputs === 1 ? probabilities[row]! : probabilities[row * outputs + guess]!;
      wrong.push({ index, label, predicted: guess, probability: outputs === 1 && guess === 0 ? 1 - p : p });
    }
  });
  if (typeof sums === 'string') return true;

  const most = wrong.sort((a, b) => b.probability - a.probability || a.index - b.index).slice(0, MOST_WRONG);
  const paths = await storeThumbnails(most, set, images.shape, store);
  const loss = sums.loss / sums.count;
  const accuracy = sums.correct / sums.count;
  const best = loop.position.best;
  const report: TestReport = {
    loss,
    accuracy,
    images: sums.count,
    step: best?.step ?? loop.position.step,
    epoch: best?.epoch ?? config.epochs,
    classes: [...classes],
    confusion,
    perClass: perClass(classes, confusion),
    wrong: most.map(({ index, label, predicted, probability }, i) => ({
      file: set.images[index]!.name,
      label: classes[label]!,
      predicted: classes[predicted]!,
      probability,
      image: paths[i]!,
    })),
  };
  store('test/report.json', Buffer.from(`${JSON.stringify(report, null, 1)}\n`), 'application/json');
  loop.points({ 'test/loss': loss, 'test/accuracy': accuracy });
  line(
    port,
    'info',
    `Test: loss ${loss.toFixed(4)}, accuracy ${(accuracy * 100).toFixed(2)} % of ${sums.count} images`,
  );
  return false;
}

function perClass(classes: readonly string[], confusion: readonly number[][]): TestReport['perClass'] {
  const ratio = (part: number, whole: number) => (whole === 0 ? null : part / whole);
  return classes.map((name, c) => {
    const hit = confusion[c]![c]!;
    const images = confusion[c]!.reduce((a, b) => a + b, 0);
    const guessed = confusion.reduce((sum, row) => sum + row[c]!, 0);
    return { class: name, precision: ratio(hit, guessed), recall: ratio(hit, images), images };
  });
}

async function storeThumbnails(
  wrong: readonly Wrong[],
  { spec }: ImageSet,
  shape: ImageShape,
  store: ArtifactStore,
): Promise<string[]> {
  const reader = new PackReader({ file: spec.pack, shape });
  const pixels = new Uint8Array(imageBytes(shape));
  const raw = { width: shape.columns, height: shape.rows, channels: shape.channels };
  const paths: string[] = [];
  try {
    for (const { index } of wrong) {
      reader.read(spec.places[index]!, pixels);
      const path = `test/wrong/${String(paths.length).padStart(2, '0')}.jpg`;
      store(path, await sharp(pixels, { raw }).jpeg({ quality: 88 }).toBuffer(), 'image/jpeg');
      paths.push(path);
    }
  } finally {
    reader.close();
  }
  return paths;
}
