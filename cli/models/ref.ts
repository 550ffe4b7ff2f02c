import { EXIT, Failure } from '../failure.ts';

/** `cats@champion`, `cats@3`, `cats/3` or `cats` (its newest version), with or without `models:/`. @throws Failure usage */
export function modelRef(text: string): { name: string; version: string } {
  const bare = text.replace(/^models:\//, '');
  const match = /^([^/:@]+)(?:[@/](\d{1,9}|latest)|@([A-Za-z0-9_.-]+))?$/.exec(bare);
  if (!match) {
    throw new Failure(`\`${text}\` names no version of a model.`, {
      hint: 'Such as cats@champion, cats@3, or cats for its newest.',
      exit: EXIT.usage,
    });
  }
  const [, name = '', number, alias] = match;
  return { name, version: number ?? (alias === undefined ? 'latest' : `@${alias}`) };
}
