import fc from 'fast-check';
import { expect, test } from 'vitest';
import { blockedText } from '../../web/pages/new-run/blocked-text.ts';
import { checkText } from '../../web/pages/new-run/check.ts';
import { STARTS } from '../../web/pages/new-run/starts.ts';

const at = (text: string, { from, to }: { from: number; to: number }): string => text.slice(from, to);

test.each(STARTS)('the start “$label” is valid and shows its shapes', ({ text }) => {
  const check = checkText(text);
  expect(check.problems).toEqual([]);
  expect(check.layers.length).toBeGreaterThan(5);
  expect(check.layers.at(-1)?.output).toEqual([1]);
});

test('a config that cannot be queued yet says why', () => {
  expect(blockedText(0, 'cats')).toBe('');
  expect(blockedText(0, ' ')).toContain('Experiment');
  expect(blockedText(1, '')).toBe('One thing to put right in the config first.');
  expect(blockedText(3, 'cats')).toContain('3 things');
});

test('two documents in one text are refused in words, where the second begins', () => {
  const [problem] = checkText('epochs: 1\n---\nepochs: 2\n').problems;
  expect(problem).toMatchObject({ line: 2, message: expect.stringContaining('A second document begins here') });
});

test('a wrong value is marked itself, with its line', () => {
  const text = 'data:\n  path: x\nmodel: convnet\nepochs: many # how long\n';
  const [problem] = checkText(text).problems;
  expect(problem).toMatchObject({ line: 4, path: 'epochs' });
  expect(at(text, problem!)).toBe('many');
  expect(problem?.message).toContain('many');
});

test('an unknown key is marked where it is written, with the one that was meant', () => {
  const text = 'data:\n  path: x\n  btach_size: 16\nmodel: convnet\nepochs: 3\n';
  const problem = checkText(text).problems.find((one) => one.path === 'data.btach_size');
  expect(problem?.line).toBe(3);
  expect(problem?.message).toContain('batch_size');
});

test('what is missing is said at the nearest part that is there', () => {
  const text = 'data:\n  train: train\n  validation_split: 0.3\nmodel: convnet\nepochs: 3\n';
  const [problem] = checkText(text).problems;
  expect(problem?.line).toBe(1);
  expect(at(text, problem!)).toBe('data');
});

test('a layer that does not fit leaves the shapes above it', () => {
  const text = `data: { path: x, image_size: [8, 8], validation_split: 0.2 }
model:
  layers:
    - { type: Conv2D, filters: 4, kernel_size: 3 }
    - { type: Conv2D, filters: 4, kernel_size: 9 }
    - { type: Dense, units: 1, activation: sigmoid }
epochs: 3
`;
  const check = checkText(text);
  expect(check.layers.map((layer) => layer.output)).toEqual([[6, 6, 4]]);
  expect(check.layerProblem).toContain('Layer 1');
  expect(check.problems[0]?.line).toBe(5);
});

test('a text that is no YAML says where', () => {
  const check = checkText('data:\n  path: [1, 2\nmodel: convnet\n');
  expect(check.value).toBeNull();
  expect(check.problems).toHaveLength(1);
});

test('an alias without its anchor is a problem, not an exception', () => {
  const text = 'data: { path: *nowhere }\nepochs: 3\n';
  const [problem] = checkText(text).problems;
  expect(problem?.message).toContain('nowhere');
  expect(problem?.line).toBe(1);
});

test('any text is checked without an exception, and every place lies in it', () => {
  const piece = fc.constantFrom(
    'data:\n',
    '  path: x\n',
    'model: convnet\n',
    '- a\n',
    ': ',
    '&a *a',
    '"',
    '\t',
    '{',
    'epochs: 3\n',
    'é',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((parts) => parts.join('')),
      ),
      (text) => {
        for (const { from, to, line } of checkText(text).problems) {
          expect(from).toBeGreaterThanOrEqual(0);
          expect(to).toBeGreaterThanOrEqual(from);
          expect(to).toBeLessThanOrEqual(text.length);
          expect(line).toBeGreaterThanOrEqual(1);
        }
      },
    ),
    { verbose: true },
  );
});
