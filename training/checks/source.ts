import type { Check } from './check.ts';

export const source: Check = ({ data }) => {
  if ((data.path === undefined) !== (data.dataset === undefined)) return [];
  const message =
    data.path === undefined
      ? 'Neither `data.path` nor `data.dataset` says where the images are'
      : '`data.path` and `data.dataset` exclude each other';
  return [
    {
      path: ['data'],
      message,
      allowed: 'exactly one of `path` (a folder on the worker) and `dataset` (a registered one)',
    },
  ];
};
