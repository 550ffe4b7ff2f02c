export interface Start {
  readonly id: string;
  readonly label: string;
  readonly text: string;
}

const data = `data:
  # A folder on the worker's disk, with train/ and test/ and one folder a class in each;
  # or, from anywhere, a registered dataset: \`dataset: cats-vs-dogs\`.
  path: cats_vs_dogs_small
  test: test
  image_size: [180, 180]
  batch_size: 32
  validation_split: 0.3
`;

/** Documents to begin with: the published protocol without and with augmentation, and one with its layers written out. */
export const STARTS: readonly Start[] = [
  {
    id: 'plain',
    label: 'Cats vs dogs, plain',
    text: `${data}model: convnet
optimizer: RMSprop
epochs: 30
checkpoint:
  monitor: val_loss
`,
  },
  {
    id: 'augmented',
    label: 'Cats vs dogs, augmented with dropout',
    text: `${data}augmentation:
  rotation_range: 40
  width_shift_range: 0.2
  height_shift_range: 0.2
  shear_range: 0.2
  zoom_range: 0.2
  horizontal_flip: true
model: convnet-dropout
optimizer: RMSprop
epochs: 100
checkpoint:
  monitor: val_loss
`,
  },
  {
    id: 'layers',
    label: 'Layers of your own',
    text: `${data}model:
  layers:
    - { type: Conv2D, filters: 16, kernel_size: 3, activation: relu }
    - { type: MaxPooling2D }
    - { type: Conv2D, filters: 32, kernel_size: 3, activation: relu }
    - { type: MaxPooling2D }
    - { type: Conv2D, filters: 64, kernel_size: 3, activation: relu }
    - { type: GlobalAveragePooling2D }
    - { type: Dropout, rate: 0.3 }
    - { type: Dense, units: 1, activation: sigmoid }
optimizer:
  name: Adam
  learning_rate: 1e-3
epochs: 20
`,
  },
];
