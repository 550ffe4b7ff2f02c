/** [images, ...shape], row-major, float64. */
export interface Tensor {
  shape: readonly number[];
  data: Float64Array;
}

export type Weights = Readonly<Record<string, Float64Array>>;

export const pair = (v: number | readonly [number, number]): readonly [number, number] =>
  typeof v === 'number' ? [v, v] : v;
export const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** A tensor made value by value, in order. */
export function tensor(shape: readonly number[], at: (index: number) => number): Tensor {
  const data = new Float64Array(product(shape));
  for (let i = 0; i < data.length; i++) data[i] = at(i);
  return { shape, data };
}
