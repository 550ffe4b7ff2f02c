import { type LoginLink, type Member, memberRoutes, type Role } from '@tidemark/api/contract/members';
import type { Client } from '@tidemark/client';
import colors from 'picocolors';
import { type Connection, connect } from '../context.ts';
import { EXIT, Failure } from '../failure.ts';
import { ago } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';

interface AddOptions extends Connection {
  role: Role;
  name?: string;
}

export async function memberAdd(email: string, options: AddOptions): Promise<void> {
  const client = connect(options);
  const { role, name } = options;
  const member = await client.call(memberRoutes.addMember, { body: { email, role, ...(name ? { name } : {}) } });
  if (options.json) console.log(JSON.stringify(member));
  else showLink(client, member.link, `${member.email}, ${member.role}`);
}

export async function memberList(options: Connection): Promise<void> {
  const { members } = await connect(options).call(memberRoutes.listMembers);
  if (options.json) {
    for (const member of members) console.log(JSON.stringify(member));
    return;
  }
  const now = Date.now();
  const rows = members.map(({ id, email, name, role, lastSeenAt }) => [
    String(id),
    email,
    name,
    role,
    lastSeenAt === null ? colors.dim('never') : ago(lastSeenAt, now),
  ]);
  const columns = [
    { title: 'ID', right: true },
    { title: 'E-MAIL' },
    { title: 'NAME' },
    { title: 'ROLE' },
    { title: 'SEEN' },
  ];
  console.log(table(columns, rows).join('\n'));
}

export async function memberRole(who: string, role: Role, options: Connection): Promise<void> {
  const client = connect(options);
  const { id } = await find(client, who);
  const member = await client.call(memberRoutes.updateMember, { params: { id }, body: { role } });
  console.log(options.json ? JSON.stringify(member) : `${member.email} is ${member.role} from now on.`);
}

export async function memberLink(who: string, options: Connection): Promise<void> {
  const client = connect(options);
  const { id, email } = await find(client, who);
  const link = await client.call(memberRoutes.linkMember, { params: { id } });
  if (options.json) console.log(JSON.stringify(link));
  else showLink(client, link, email);
}

export async function memberRemove(who: string, options: Connection): Promise<void> {
  const client = connect(options);
  const { id, email } = await find(client, who);
  await client.call(memberRoutes.removeMember, { params: { id } });
  console.log(options.json ? JSON.stringify({ id, email, removed: true }) : `${email} is out from now on.`);
}

function showLink(client: Client, { path, expiresAt }: LoginLink, whom: string): void {
  console.log(client.url + path);
  // Apart from the link, so that it can be taken by a program alone.
  console.error(
    colors.dim(`Logs one browser in as ${whom}, once, until ${new Date(expiresAt).toISOString().slice(0, 16)}Z.`),
  );
}

async function find(client: Client, who: string): Promise<Member> {
  const { members } = await client.call(memberRoutes.listMembers);
  const found = members.find(({ id, email }) => String(id) === who || email === who.toLowerCase());
  if (!found)
    throw new Failure(`There is no member ${who}.`, {
      hint: '`tidemark member list` has them all.',
      exit: EXIT.notFound,
    });
  return found;
}
