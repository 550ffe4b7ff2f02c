/** What the suite of logins is configured with. */
export const settingsOf = (issuer: string) => ({
  TIDEMARK_OIDC_ISSUER: issuer,
  TIDEMARK_OIDC_CLIENT_ID: 'tidemark',
  TIDEMARK_OIDC_CLIENT_SECRET: 'a secret of the client',
  TIDEMARK_OIDC_NAME: 'Example',
  TIDEMARK_OIDC_DOMAINS: 'example.com',
  TIDEMARK_OIDC_ROLES: 'ml=editor, vision/leads=admin',
});
