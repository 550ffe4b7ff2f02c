/** The address bar's query as plain text values; the readable characters of our grammar stay as they are. */
export type Search = Readonly<Record<string, string>>;

export function parseSearch(text: string): Search {
  const out: Record<string, string> = {};
  for (const [key, value] of new URLSearchParams(text.startsWith('?') ? text.slice(1) : text)) out[key] = value;
  return out;
}

export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(search)) {
    if (value === undefined || value === null || value === '') continue;
    parts.push(`${readable(key)}=${readable(String(value))}`);
  }
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

const readable = (text: string): string =>
  encodeURIComponent(text)
    .replace(/%20/g, '+')
    .replace(/%(2C|3A|2F|40|3D|3C|3E)/g, (code) => decodeURIComponent(code));
