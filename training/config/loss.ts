import * as z from 'zod';

export const Loss = z.enum(['binary_crossentropy', 'categorical_crossentropy']);
export type Loss = z.output<typeof Loss>;
