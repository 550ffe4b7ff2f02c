import { describeEvent, duration } from '@tidemark/worker/describe-event';
import type { WorkerEvent } from '@tidemark/worker/main';
import { describe, expect, test } from 'vitest';

const same = String;
const plain = { bold: same, dim: same, green: same, red: same, yellow: same, cyan: same };
const run = { run: '0'.repeat(32), experiment: 'cats', ordinal: 7, name: 'calm-heron', attempt: 2 };
const text = (event: WorkerEvent) => describeEvent(event, plain, 80).text;
const foot = (progress: Extract<WorkerEvent, { type: 'progress' }>['progress'], width = 80) =>
  describeEvent({ type: 'progress', run, progress }, plain, width).progress!;

describe('describeEvent', () => {
  test('an epoch is a line with its metrics, and the best one is marked', () => {
    const values = { loss: 0.51234, accuracy: 0.756, val_loss: 0.6, val_accuracy: 0.7, learning_rate: 1e-3, epoch: 3 };
    expect(text({ type: 'epoch', run, epoch: 3, epochs: 100, values, best: true, seconds: 61 })).toBe(
      '  epoch   3/100  loss 0.5123  accuracy 75.6 %  val_loss 0.6000  val_accuracy 70.0 %  1 min 01 s ▀ best',
    );
    const training = { loss: 1, accuracy: 0.5 };
    expect(text({ type: 'epoch', run, epoch: 1, epochs: 1, values: training, best: false, seconds: 0.3 })).toBe(
      '  epoch 1/1  loss 1.0000  accuracy 50.0 %  0.3 s',
    );
  });

  test('the foot shows the current epoch’s share, the pace and the time left, within the width', () => {
    const progress = { epoch: 1, epochs: 4, step: 15, steps: 40, phase: 'training' as const };
    const line = foot({ ...progress, imagesPerSecond: 42.4, etaSeconds: 3720 });
    expect(line).toBe(`#7 ${'█'.repeat(12)}${'░'.repeat(12)} epoch 2/4  42 img/s  1 h 02 min left`);
    expect(foot({ ...progress, imagesPerSecond: 42.4, etaSeconds: 3720 }, 40)).toHaveLength(40);
    expect(foot({ ...progress, phase: 'validating' })).toContain('validating');
  });

  test('what a person must act on is said in words', () => {
    expect(text({ type: 'claimed', run, resumeStep: 120, trainer: 1 })).toContain('goes on from step 120, attempt 2');
    expect(text({ type: 'away', away: true, reason: 'ECONNREFUSED' })).toContain('ECONNREFUSED');
    expect(text({ type: 'ended', run, outcome: 'failed', message: 'no images' })).toBe(
      'cats #7 calm-heron failed: no images',
    );
    expect(text({ type: 'line', run, level: 'debug', text: 'stack' })).toBeNull();
  });
});

test.each([
  [0.25, '0.3 s'],
  [8.4, '8 s'],
  [245, '4 min 05 s'],
  [7805, '2 h 10 min'],
])('%f s reads %s', (seconds, expected) => expect(duration(seconds)).toBe(expected));
