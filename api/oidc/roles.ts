import type { Role } from '../contract/members.ts';
import type { RoleRule } from './settings.ts';

const rank: Record<Role, number> = { viewer: 0, editor: 1, admin: 2 };

/** The highest role that a person's groups give it, by project; `*` is every project that is not named. */
export function rolesOf(rules: readonly RoleRule[], groups: readonly string[]): Record<string, Role> {
  const roles: Record<string, Role> = {};
  const mine = rules.filter(({ group }) => group === '*' || groups.includes(group));
  // What holds everywhere holds in a project that is named too, unless that one gives more.
  for (const project of new Set(mine.map((rule) => rule.project))) {
    for (const rule of mine) {
      if (rule.project !== project && rule.project !== '*') continue;
      const before = roles[project];
      if (before === undefined || rank[rule.role] > rank[before]) roles[project] = rule.role;
    }
  }
  return roles;
}
