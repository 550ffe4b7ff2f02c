import { IMAGE } from '../layers/arguments.ts';
import { layerNames } from '../layers/names.ts';
import type { Check } from './check.ts';

export const layerNamesDiffer: Check = (_config, layers) => {
  const names = layerNames(layers);
  const reserved = names.indexOf(IMAGE);
  if (reserved >= 0) {
    return [
      {
        path: ['model', 'layers', reserved, 'name'],
        message: `\`${IMAGE}\` is what the image is called in \`inputs\``,
        value: IMAGE,
        allowed: 'another name',
      },
    ];
  }
  return names.flatMap((name, index) => {
    const earlier = names.indexOf(name);
    if (earlier === index) return [];
    // Of two, at most one has its name from the automatic count; the written one is to change.
    const written = layers[index]!.name === undefined ? earlier : index;
    const other = written === index ? earlier : index;
    return [
      {
        path: ['model', 'layers', written, 'name'],
        message: `Layer ${other} has the name \`${name}\` too`,
        value: name,
        allowed: 'a name of its own',
      },
    ];
  });
};
