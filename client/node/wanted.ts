/** What the environment wants recorded: everything, unless TIDEMARK_CONSOLE, _SYSTEM or _ENVIRONMENT is `off`. */
export const wanted = (what: 'console' | 'system' | 'environment' | 'git', env = process.env): boolean =>
  !/^(off|0|false|no)$/i.test(env[`TIDEMARK_${what.toUpperCase()}`] ?? '');

export const wantedGit = (env = process.env): boolean | 'no diff' =>
  /^no[ -]diff$/i.test(env.TIDEMARK_GIT ?? '') ? 'no diff' : wanted('git', env);
