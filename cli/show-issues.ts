import type { Issue } from '@tidemark/api/contract/errors';
import colors from 'picocolors';

/** `cats.yaml:12  model.layers.3.filters = 0: … (allowed: ≥ 1)`, one block per issue. */
export function issueLines(
  issues: readonly Issue[],
  file?: { name: string; lineOf(path: Issue['path']): number | undefined },
): string[] {
  return issues.flatMap(({ path, message, value, allowed, hint }) => {
    const line = file?.lineOf(path);
    const place = file ? colors.dim(line === undefined ? file.name : `${file.name}:${line}`) : '';
    const given = value === undefined ? '' : ` = ${brief(value)}`;
    const head = [place, `${colors.bold(path.join('.') || 'the document')}${given}`].filter(Boolean).join('  ');
    const range = allowed && !message.includes(allowed) ? ` (allowed: ${allowed})` : '';
    return [head, `    ${message}${range}`, ...(hint ? [`    ${colors.cyan(hint)}`] : [])];
  });
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
