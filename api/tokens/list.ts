import { orm } from '@tidemark/db/orm';
import { tokens } from '@tidemark/db/schema/tokens';
import { desc } from 'drizzle-orm';
import type { Token } from '../contract/tokens.ts';
import type { Deps } from '../deps.ts';
import { tokenFields } from './rows.ts';

/** Newest first, the revoked ones too. */
export const listTokens = async (deps: Deps): Promise<Token[]> =>
  orm(deps.db).select(tokenFields).from(tokens).orderBy(desc(tokens.id)).limit(1000);
