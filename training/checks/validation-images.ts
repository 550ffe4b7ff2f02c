import type { Check } from './check.ts';

export const validationImages: Check = ({ data }) =>
  data.validation !== undefined && data.validation_split > 0
    ? [
        {
          path: ['data', 'validation_split'],
          message: '`data.validation` and `data.validation_split` exclude each other',
          value: data.validation_split,
          allowed: '0 with a validation folder',
        },
      ]
    : [];
