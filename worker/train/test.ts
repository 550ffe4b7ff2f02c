import type { RunConfig } from '@tidemark/training/config';
import type { TestReport } from '@tidemark/training/test-report';
import sharp from 'sharp';
import type { ImageShape } from '../data/decode.ts';
import { imageBytes, PackReader } from '../data/pack.ts';
import type { BatchSource } from './batch-source.ts';
import type { EpochLoop } from './epochs.ts';
import type { ImageSet, Images } from './images.ts';
import { line, type Port } from './port.ts';
import type { ArtifactStore } from './run.ts';
import { TestFigures } from './test-figures.ts';

/**
 * Tests the weights in the session on the test folder, stores the report with the most wrong images, and logs `test/loss` and the
 * run's metrics as `test/…`. @returns whether it was stopped before it was done.
 */
export async function testModel(
  config: RunConfig,
  images: Images,
  feed: Pick<BatchSource, 'define'>,
  loop: EpochLoop,
  store: ArtifactStore,
  port: Port,
): Promise<boolean> {
  const { classes, outputs } = images;
  const mode = config.data.class_mode;
  const set = await images.test!();
  feed.define('test', set.spec);
  const figures = new TestFigures({ mode, classes, count: outputs });
  const tally = await loop.evaluate('test', 0, 'testing', ({ labels, count }, { probabilities }) =>
    figures.add({ outputs: probabilities, labels, count }),
  );
  if (typeof tally === 'string') return true;

  const most = figures.mostWrong();
  const paths = await storeThumbnails(most, set, images.shape, store);
  const { loss, ...metrics } = tally.values();
  const best = loop.position.best;
  const report: TestReport = {
    mode,
    loss: loss!,
    ...(metrics.accuracy === undefined ? {} : { accuracy: metrics.accuracy }),
    metrics,
    images: tally.images,
    step: best?.step ?? loop.position.step,
    epoch: best?.epoch ?? loop.position.epoch,
    classes: [...classes],
    ...figures.report(),
    wrong: most.map(({ index, label, predicted, probability }, i) => ({
      file: set.images[index]!.name,
      label,
      predicted,
      probability,
      image: paths[i]!,
    })),
  };
  store('test/report.json', Buffer.from(`${JSON.stringify(report, null, 1)}\n`), 'application/json');
  loop.points(tally.values('test/'));
  loop.media('test', figures);
  const figure =
    metrics.accuracy === undefined
      ? `mean absolute error ${metrics.mae!.toPrecision(4)}`
      : `accuracy ${(metrics.accuracy * 100).toFixed(2)} %`;
  line(port, 'info', `Test: loss ${loss!.toFixed(4)}, ${figure}, of ${tally.images} images`);
  return false;
}

async function storeThumbnails(
  wrong: readonly { index: number }[],
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
