import { type ParameterInfo, sizeOf } from '@tidemark/training/layers/shape';
import { floats, type Tensors, tensor } from './tensors.ts';
import { trained, type UpdateRule } from './update.ts';

/** Floats of a piece: everything that an optimizer reads and writes for it stays in a core's cache from pass to pass. */
const MOST = 1 << 15;

/** A stretch of a parameter. An update that goes number by number is made piece by piece. */
export interface Piece extends Omit<ParameterInfo, 'shape'> {
  /** The parameter's name. */
  of: string;
  shape: readonly [number];
  from: number;
}

/** Clipping by a norm needs the whole of a gradient. */
const needsWhole = ({ config }: UpdateRule): boolean =>
  config.clipnorm !== undefined || config.global_clipnorm !== undefined;

/** The pieces of what learns. They are the same on every machine. */
export function piecesOf(parameters: readonly ParameterInfo[], rule: UpdateRule): Piece[] {
  return trained(parameters).flatMap((parameter) => {
    const all = sizeOf(parameter.shape);
    const most = needsWhole(rule) ? all : MOST;
    return Array.from({ length: Math.ceil(all / most) }, (_, i): Piece => {
      const from = i * most;
      const { name } = parameter;
      return { ...parameter, name: `${name}[${i}]`, of: name, from, shape: [Math.min(most, all - from)] };
    });
  });
}

/**
 * Views of tensors as pieces, by `toName` of the piece's name.
 * @param fromName from a parameter's name to its tensor's
 */
export function cut(
  pieces: readonly Piece[],
  tensors: Tensors,
  fromName: (parameter: string) => string,
  toName: (piece: string) => string,
): Tensors {
  return Object.fromEntries(
    pieces.map(({ name, of, from, shape }) => {
      const all = floats(tensors[fromName(of)]!);
      return [toName(name), tensor(shape, all.subarray(from, from + shape[0]))];
    }),
  );
}
