type Json = Record<string, unknown>;

export interface Request {
  readonly operationId: string;
  readonly area: string;
  readonly method: string;
  /** With its parameters filled in, and its query. */
  readonly address: string;
  readonly params: Json;
  readonly query: Json;
  readonly body: unknown;
  readonly bytes: boolean;
  readonly secured: boolean;
}

/** The request for a shell. */
export function curl({ method, address, body, bytes, secured }: Request): string {
  const parts = [`curl${method === 'GET' ? '' : ` -X ${method}`} "$TIDEMARK_URL${address.replaceAll('"', '%22')}"`];
  if (secured) parts.push('-H "Authorization: Bearer $TIDEMARK_TOKEN"');
  if (bytes && body !== undefined) parts.push('--data-binary @FILE');
  else if (body !== undefined)
    parts.push("-H 'content-type: application/json'", `-d '${json(body).replaceAll("'", "'\\''")}'`);
  return parts.join(' \\\n  ');
}

/** The request for a program in TypeScript, by the client. */
export function typescript({ operationId, area, params, query, body, bytes }: Request): string {
  const input = {
    ...(Object.keys(params).length > 0 ? { params } : {}),
    ...(Object.keys(query).length > 0 ? { query } : {}),
    ...(body === undefined ? {} : { body }),
  };
  const text = literal(bytes && body !== undefined ? { ...input, body: '\u0000bytes' } : input).replace(
    "'\u0000bytes'",
    'bytes',
  );
  return `import { createClient } from '@tidemark/client';
import { ${operationId} } from '@tidemark/api/contract/${area}';

const client = createClient({ url: process.env.TIDEMARK_URL!, token: process.env.TIDEMARK_TOKEN });
const reply = await client.call(${operationId}${text === '{}' ? '' : `, ${text}`});`;
}

export const json = (value: unknown): string => {
  const flat = JSON.stringify(value);
  return flat.length <= 76 ? flat : JSON.stringify(value, null, 2);
};

/** A value as TypeScript writes it: names without quotes where they need none. */
function literal(value: unknown, indent = ''): string {
  if (typeof value === 'string')
    return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
  if (typeof value !== 'object' || value === null) return String(value);
  const deeper = `${indent}  `;
  const items = Array.isArray(value)
    ? value.map((each) => literal(each, deeper))
    : Object.entries(value).map(
        ([name, each]) => `${/^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name)}: ${literal(each, deeper)}`,
      );
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (items.length === 0) return open + close;
  const space = Array.isArray(value) ? '' : ' ';
  const flat = `${open}${space}${items.join(', ')}${space}${close}`;
  if (flat.length + indent.length <= 90 && !flat.includes('\n')) return flat;
  return `${open}\n${items.map((item) => `${deeper}${item},\n`).join('')}${indent}${close}`;
}
