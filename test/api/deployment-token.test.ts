import { authenticate } from '@tidemark/api/auth';
import { findSession } from '@tidemark/api/sessions/find';
import { openSession } from '@tidemark/api/sessions/open';
import { createToken } from '@tidemark/api/tokens/create';
import { ensureDeploymentToken } from '@tidemark/api/tokens/deployment';
import { listTokens } from '@tidemark/api/tokens/list';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OpenDeps, openDeps } from '../support/open-libsql.ts';

const first = `tdm${'a'.repeat(37)}`;
const second = `tdm${'b'.repeat(37)}`;

let opened: OpenDeps;
beforeEach(async () => {
  opened = await openDeps({}, ':memory:');
});
afterEach(() => opened.close());

test('without a setting it is told that there is no admin token, until there is one', async () => {
  const { deps } = opened;
  await createToken(deps, { name: 'reader', scope: 'read' });
  expect(await ensureDeploymentToken(deps, undefined)).toMatch(/no admin token yet/);
  await createToken(deps, { name: 'owner', scope: 'admin' });
  expect(await ensureDeploymentToken(deps, undefined)).toBeNull();
  expect(await ensureDeploymentToken(deps, 'secret')).toMatch(/must be `tdm`/);
});

test('another setting takes the place of the one before, its sessions too, and of no other token', async () => {
  const { deps } = opened;
  const owner = await createToken(deps, { name: 'owner', scope: 'admin' });
  expect(await ensureDeploymentToken(deps, first)).toBeNull();
  expect(await ensureDeploymentToken(deps, first)).toBeNull();
  const sessions = [];
  for (const secret of [owner.secret, first]) sessions.push(await openSession(deps, await authenticate(deps, secret)));
  expect(await ensureDeploymentToken(deps, second)).toBeNull();
  expect(await authenticate(deps, second)).toMatchObject({ name: 'deployment', scope: 'admin' });
  await expect(authenticate(deps, first)).rejects.toMatchObject({ code: 'unauthorized' });
  expect(await findSession(deps, sessions[0]!)).toMatchObject({ name: 'owner' });
  expect(await deps.db.all('SELECT token_id FROM sessions')).toEqual([{ token_id: owner.id }]);
  expect((await listTokens(deps)).map(({ name, revokedAt }) => [name, revokedAt !== null])).toEqual([
    ['deployment', false],
    ['deployment', true],
    ['owner', false],
  ]);
});
