import { orm } from '@tidemark/db/orm';
import { members } from '@tidemark/db/schema/members';
import type { Member } from '../contract/members.ts';
import type { Deps } from '../deps.ts';
import { memberFields } from './rows.ts';

/** Members by address. */
export const listMembers = async (deps: Deps): Promise<Member[]> =>
  orm(deps.db).select(memberFields).from(members).orderBy(members.email).limit(10_000);
