import { flattenConfig } from '@tidemark/training/params';
import { configJsonSchema, type SchemaNode } from '@tidemark/training/schema';
import { type ConfigIssue, validateConfig } from '@tidemark/training/validate';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const good = { data: { path: 'photos', validation_split: 0.3, test: 'test' }, model: 'convnet', epochs: 3 };
const categorical = {
  ...good,
  data: { ...good.data, class_mode: 'categorical' },
  loss: 'categorical_crossentropy',
  model: { layers: [{ type: 'Flatten' }, { type: 'Dense', units: 3, activation: 'softmax' }] },
};

function issues(document: unknown): ConfigIssue[] {
  const result = validateConfig(document);
  return result.ok ? [] : result.issues;
}
const model = (...layers: unknown[]) => ({ ...good, model: { layers } });
const head = { type: 'Dense', units: 1, activation: 'sigmoid' };

test('without validation images the best epoch is the one with the lowest loss, unless the document says otherwise', () => {
  const monitor = (document: unknown) => {
    const result = validateConfig(document);
    return result.ok ? result.config.checkpoint.monitor : result.issues;
  };
  const { validation_split: _none, ...data } = good.data;
  expect(monitor({ ...good, data })).toBe('loss');
  expect(monitor({ ...good, data, checkpoint: {} })).toBe('loss');
  expect(monitor({ ...good, data, checkpoint: { monitor: 'accuracy' } })).toBe('accuracy');
  expect(monitor({ ...good, data: { ...data, validation: 'val' } })).toBe('val_loss');
});

test('a good config comes back with every default, its layers and its params', () => {
  const result = validateConfig(good);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  expect(result.parameterCount).toBe(991_041);
  expect(result.config.optimizer).toEqual({
    name: 'RMSprop',
    learning_rate: 1e-3,
    rho: 0.9,
    momentum: 0,
    epsilon: 1e-7,
    centered: false,
    use_ema: false,
    ema_momentum: 0.99,
  });
  expect(flattenConfig(result.config)).toMatchObject({
    model: 'convnet',
    'optimizer.learning_rate': 1e-3,
    'data.image_size': '[180,180]',
    epochs: 3,
  });
  expect(issues(categorical)).toEqual([]);
  expect(result.config.checkpoint.monitor).toBe('val_loss');
});

test('an optimizer without a name is RMSprop, so one learning rate is enough', () => {
  const result = validateConfig({ ...good, optimizer: { learning_rate: 1e-4 } });
  expect(result.ok && result.config.optimizer).toMatchObject({ name: 'RMSprop', learning_rate: 1e-4, rho: 0.9 });
});

describe('a refused config says where, what and what would be right', () => {
  const cases: [string, unknown, Partial<ConfigIssue>][] = [
    ['no mapping', 'hello', { path: [], value: 'hello' }],
    [
      'a missing key',
      { ...good, epochs: undefined },
      { path: ['epochs'], message: '`epochs` is missing', allowed: 'an integer from 1 to 100000' },
    ],
    [
      'a value out of range',
      { ...good, epochs: 0 },
      { path: ['epochs'], value: 0, allowed: 'an integer from 1 to 100000' },
    ],
    ['a misspelt key', { ...good, optimzer: 'Adam' }, { path: ['optimzer'], hint: 'Did you mean `optimizer`?' }],
    [
      'a misspelt key inside',
      { ...good, optimizer: { name: 'Adam', learning_rte: 1 } },
      { path: ['optimizer', 'learning_rte'], hint: 'Did you mean `learning_rate`?' },
    ],
    [
      'a misspelt preset',
      { ...good, model: 'convnet-droput' },
      { path: ['model'], hint: 'Did you mean `convnet-dropout`?' },
    ],
    [
      'a misspelt optimizer',
      { ...good, optimizer: 'rmsprop' },
      { path: ['optimizer'], hint: 'Did you mean `RMSprop`?' },
    ],
    [
      'a list of layers without its key',
      { ...good, model: [{ type: 'Flatten' }, head] },
      { path: ['model'], hint: 'Write the list under `layers`.' },
    ],
    ['a number in quotes', { ...good, epochs: '30' }, { path: ['epochs'], hint: 'Write 30 without quotes.' }],
    [
      'a list that is too long',
      model(...new Array(401).fill({ type: 'Flatten' })),
      { path: ['model', 'layers'], allowed: 'a list of 1 to 400 values, each a mapping with its `type`' },
    ],
    ['part of a word', { ...good, device: 'gpu' }, { path: ['device'], hint: 'Did you mean `webgpu`?' }],
    [
      'a misspelt layer',
      model({ type: 'Conv2d', filters: 1, kernel_size: 3 }, head),
      { path: ['model', 'layers', 0, 'type'], hint: 'Did you mean `Conv2D`?' },
    ],
    [
      'a bad argument of a layer',
      model({ type: 'Conv2D', filters: 0, kernel_size: 3 }, head),
      { path: ['model', 'layers', 0, 'filters'], allowed: 'an integer from 1 to 8192' },
    ],
    [
      'a bad learning rate',
      { ...good, optimizer: { name: 'SGD', learning_rate: -1 } },
      {
        path: ['optimizer', 'learning_rate'],
        value: -1,
      },
    ],
    [
      'two ways to clip',
      { ...good, optimizer: { name: 'AdamW', clipnorm: 1, global_clipnorm: 1 } },
      { path: ['optimizer', 'global_clipnorm'], value: 1 },
    ],
    [
      'weights overwritten by an average that is not kept',
      { ...good, optimizer: { name: 'SGD', ema_overwrite_frequency: 5 } },
      { path: ['optimizer', 'ema_overwrite_frequency'], value: 5 },
    ],
    [
      'an accumulation of one batch',
      { ...good, optimizer: { name: 'SGD', gradient_accumulation_steps: 1 } },
      { path: ['optimizer', 'gradient_accumulation_steps'], allowed: 'an integer from 2 to 65536' },
    ],
    [
      'an argument of another loss',
      { ...good, loss: { name: 'binary_crossentropy', delta: 1 } },
      { path: ['loss', 'delta'] },
    ],
    ['two sources', { ...good, data: { ...good.data, dataset: 'cats' } }, { path: ['data'] }],
    ['no source', { ...good, data: { validation_split: 0.3 } }, { path: ['data'] }],
    [
      'two kinds of validation',
      { ...good, data: { ...good.data, validation: 'val' } },
      { path: ['data', 'validation_split'] },
    ],
    [
      'too few pixels for a preset',
      { ...good, data: { ...good.data, image_size: [20, 20] } },
      { path: ['data', 'image_size'], value: [20, 20] },
    ],
    [
      'a convolution that runs out of pixels',
      model(
        { type: 'MaxPooling2D', pool_size: 90 },
        { type: 'Conv2D', filters: 1, kernel_size: 3 },
        { type: 'Flatten' },
        head,
      ),
      { path: ['model', 'layers', 1, 'kernel_size'], value: 3 },
    ],
    [
      'Dense on a feature map',
      model({ type: 'Conv2D', filters: 1, kernel_size: 3 }, head),
      { path: ['model', 'layers', 1, 'type'], hint: 'Add Flatten or GlobalAveragePooling2D before it.' },
    ],
    [
      'a head without sigmoid',
      model({ type: 'Flatten' }, { type: 'Dense', units: 1 }),
      { path: ['model', 'layers', 1, 'activation'], value: 'linear' },
    ],
    [
      'a head with two units',
      model({ type: 'Flatten' }, { ...head, units: 2 }),
      { path: ['model', 'layers', 1, 'units'], value: 2, allowed: '1' },
    ],
    [
      'a loss that does not fit',
      { ...good, loss: 'categorical_crossentropy' },
      { path: ['loss'], allowed: '`binary_crossentropy`, `binary_focal_crossentropy`' },
    ],
    [
      'class_mode that does not fit the head',
      { ...good, data: { ...good.data, class_mode: 'categorical' } },
      { path: ['loss'] },
    ],
    [
      'units that are not the classes',
      { ...categorical, data: { ...categorical.data, classes: ['a', 'b'] } },
      { path: ['model', 'layers', 1, 'units'], value: 3, allowed: '2' },
    ],
    ['a name of two lines', { ...good, name: 'a\nb' }, { path: ['name'], value: 'a\nb', allowed: 'one line of text' }],
    [
      'a name without end',
      { ...good, name: 'é'.repeat(257) },
      { path: ['name'], allowed: 'text of 1 to 256 characters' },
    ],
    [
      'a monitor nobody logs',
      { ...good, checkpoint: { monitor: 'val_acuracy' } },
      { path: ['checkpoint', 'monitor'], hint: 'Did you mean `val_accuracy`?' },
    ],
    [
      'a val_ monitor without validation',
      { ...good, data: { path: 'x' }, checkpoint: { monitor: 'val_loss' } },
      {
        path: ['checkpoint', 'monitor'],
        value: 'val_loss',
        hint: 'Set `data.validation_split`, or name a `data.validation` folder.',
      },
    ],
    [
      'zoom that would turn the image inside out',
      { ...good, augmentation: { zoom_range: 1.5 } },
      { path: ['augmentation', 'zoom_range'], value: 1.5 },
    ],
    [
      'a layer name twice',
      model({ type: 'Flatten', name: 'a' }, { ...head, name: 'a' }),
      { path: ['model', 'layers', 1, 'name'], value: 'a' },
    ],
    [
      "a layer name that is another's automatic one",
      model({ type: 'Conv2D', filters: 1, kernel_size: 1, name: 'flatten' }, { type: 'Flatten' }, head),
      { path: ['model', 'layers', 0, 'name'], value: 'flatten' },
    ],
    [
      'units behind an Activation layer',
      model(
        { type: 'Flatten' },
        { type: 'Dense', units: 2 },
        { type: 'Dropout', rate: 0.1 },
        { type: 'Activation', activation: 'sigmoid' },
      ),
      { path: ['model', 'layers', 1, 'units'], value: 2 },
    ],
    ['no head at all', model({ type: 'Flatten' }), { path: ['model', 'layers', 0], allowed: '1' }],
    [
      'more parameters than anything holds',
      model({ type: 'Flatten' }, { type: 'Dense', units: 65536 }, head),
      { path: ['model'], allowed: 'at most 2147483648' },
    ],
    [
      'a batch that fits nowhere',
      { ...good, data: { ...good.data, image_size: [4096, 4096], batch_size: 4096 } },
      { path: ['data', 'batch_size'] },
    ],
  ];
  test.each(cases)('%s', (_name, document, expected) => {
    const found = issues(document);
    expect(found.length).toBeGreaterThan(0);
    expect(
      found.some((issue) =>
        Object.entries(expected).every(
          ([key, value]) => JSON.stringify(issue[key as keyof ConfigIssue]) === JSON.stringify(value),
        ),
      ),
      JSON.stringify(found),
    ).toBe(true);
  });
});

test('a feature map may go through Dense when something flattens it afterwards', () => {
  expect(issues(model({ type: 'Dense', units: 4 }, { type: 'GlobalAveragePooling2D' }, head))).toEqual([]);
});

test('a hostile document is answered shortly and with few issues', () => {
  const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`key${i}`, i]));
  expect(issues({ ...good, ...many })).toHaveLength(50);
  expect(issues({ ...good, model: { layers: Array.from({ length: 200 }, () => 1) } })).toHaveLength(50);
  expect(issues({ ...good, model: { layers: Array.from({ length: 50_000 }, () => 1) } })).toHaveLength(1);
});

test('the schema carries what a form needs: descriptions, ranges and defaults', () => {
  const { properties } = configJsonSchema();
  expect(properties?.epochs).toMatchObject({ type: 'integer', minimum: 1, maximum: 100_000 });
  expect(properties?.data?.properties?.batch_size).toMatchObject({ default: 32, minimum: 1, maximum: 4096 });
  const undescribed: string[] = [];
  const walk = (node: SchemaNode, path: string) => {
    for (const [key, field] of Object.entries(node.properties ?? {})) {
      const group = field.properties || field.const !== undefined;
      if (!group && !field.description?.endsWith('.')) undescribed.push(`${path}.${key}`);
      walk(field, `${path}.${key}`);
    }
    for (const member of [...(node.anyOf ?? []), ...(node.oneOf ?? [])]) walk(member, path);
    if (node.items) walk(node.items, `${path}[]`);
  };
  walk(configJsonSchema(), '');
  // A list's own description stands at its mapping.
  expect(undescribed).toEqual(['.model.layers']);
});

test('never throws, and always says something, whatever it is given', () => {
  const keys = fc.constantFrom(
    'data',
    'model',
    'epochs',
    'optimizer',
    'augmentation',
    'checkpoint',
    'layers',
    'type',
    'name',
    '__proto__',
    'constructor',
    'toString',
  );
  const values = fc.constantFrom<unknown>(
    'convnet',
    'Conv2D',
    'Adam',
    3,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    null,
    undefined,
    [],
    {},
    1n,
    Symbol('s'),
    [1, 2],
    { type: 'Conv2D' },
  );
  const near = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      values,
      fc.dictionary(keys, tie('tree'), { maxKeys: 5 }),
      fc.array(tie('tree'), { maxLength: 4 }),
    ),
  })).tree;
  fc.assert(
    fc.property(
      fc.oneof(
        fc.anything(),
        near,
        near.map((inner) => ({ ...good, model: { layers: [inner] } })),
      ),
      (document) => {
        const result = validateConfig(document);
        if (result.ok) return;
        expect(result.issues.length).toBeGreaterThan(0);
        for (const issue of result.issues) expect(issue.message.length).toBeGreaterThan(0);
        JSON.stringify(result.issues);
      },
    ),
    { numRuns: 2000 },
  );
});
