import type { routes } from '@tidemark/api/contract/index';
import type * as z from 'zod';

export type LogCall = z.input<typeof routes.logRun.body>;
export type FinishBody = z.input<typeof routes.finishRun.body>;
