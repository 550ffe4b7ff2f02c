import { tokenRoutes } from '../tokens.ts';
import { docs } from './doc.ts';

export const tokenDocs = docs(tokenRoutes, {
  createToken: {
    description: 'The secret is `tdm` and 37 more of `[0-9a-z]`; the server keeps only its hash.',
    examples: { worker: { body: { name: 'gpu box', scope: 'worker', expiresInDays: 90 } } },
  },
  listTokens: { description: 'Revoked and expired ones too.', examples: { all: { after: ['createToken'] } } },
  revokeToken: {
    description: 'What uses it is refused from then on, browsers that logged in with it included.',
    parameters: { id: 'The token’s number.' },
    examples: { one: { params: { id: '{{createToken.id}}' }, last: true } },
  },
  whoami: {
    description: 'What a program asks first: whether its token is good, and for what.',
    examples: { plain: {} },
  },
  createSession: {
    description:
      'The reply sets an HttpOnly, SameSite=Strict cookie. `GET /login?code=…` does the same with a one-time code.',
    examples: { login: { body: { token: '{{createToken.secret}}' } } },
  },
  endSession: {
    description: 'The cookie is taken back; without a session nothing happens.',
    examples: { logout: { last: true } },
  },
  createLoginLink: { description: 'Good once, for 24 hours.', examples: { link: {} } },
});
