// Which addresses the public internet routes to. What is none of them is on this machine, in its network, or means nothing: a message
// sent there would let whoever may register an address look behind the firewall (server-side request forgery).
// IANA's registries of special-purpose addresses (RFC 6890 and what updates it).

/** [first byte values …] as prefix and bits. */
const PRIVATE_V4: readonly [address: string, bits: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Whether an IP address (not a name), as text, is one of the public internet. What is no address is not. */
export function isPublicAddress(text: string): boolean {
  const v4 = parseV4(text);
  if (v4 !== null) return isPublicV4(v4);
  const v6 = parseV6(text);
  return v6 !== null && isPublicV6(v6);
}

const isPublicV4 = (address: number): boolean =>
  !PRIVATE_V4.some(([prefix, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(address / size) === Math.floor(parseV4(prefix)! / size);
  });

/** Global unicast is 2000::/3; in it are networks for documentation and benchmarks, and tunnels that carry an IPv4 address. */
function isPublicV6(groups: readonly number[]): boolean {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const low = g * 65_536 + h;
  // ::ffff:0:0/96 is IPv4 written so; 64:ff9b::/96 leads to it through a translator.
  if ([a, b, c, d, e].every((group) => group === 0) && f === 0xffff) return isPublicV4(low);
  if (a === 0x64 && b === 0xff9b && [c, d, e, f].every((group) => group === 0)) return isPublicV4(low);
  if (a >> 13 !== 1) return false;
  // 2001::/23 is IETF's (Teredo, ORCHID, benchmarks), 2001:db8::/32 and 3fff::/20 are for documentation.
  if (a === 0x2001 && (b < 0x200 || b === 0xdb8)) return false;
  if (a === 0x3fff && b < 0x1000) return false;
  if (a === 0x2002) return isPublicV4(b * 65_536 + c);
  return true;
}

/** Dotted decimal only: a URL's host has been written so by the URL's parser, however it was given. */
function parseV4(text: string): number | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!match) return null;
  const bytes = match.slice(1).map(Number);
  return bytes.every((byte) => byte < 256) ? bytes.reduce((sum, byte) => sum * 256 + byte, 0) : null;
}

function parseV6(text: string): number[] | null {
  const bare = text.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
  if (!/^[0-9a-f:.]+$/i.test(bare) || !bare.includes(':')) return null;
  const [head = '', tail, ...more] = bare.split('::');
  if (more.length > 0) return null;
  const front = groupsOf(head);
  const back = tail === undefined ? [] : groupsOf(tail);
  if (!front || !back) return null;
  const missing = 8 - front.length - back.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  return [...front, ...Array.from({ length: Math.max(0, missing) }, () => 0), ...back];
}

function groupsOf(text: string): number[] | null {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [i, part] of parts.entries()) {
    const v4 = i === parts.length - 1 ? parseV4(part) : null;
    if (v4 !== null) groups.push(Math.floor(v4 / 65_536), v4 % 65_536);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return null;
  }
  return groups;
}
