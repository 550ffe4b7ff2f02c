/**
 * The weak tag of a reply's text. Two multiplicative hashes of 32 bits over its UTF-16 units (after "cyrb53" by bryc, public domain),
 * half a millisecond a megabyte; not a secret, and compared only with an earlier reply of the same address.
 */
export function etagOf(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  const hex = (half: number): string => (half >>> 0).toString(16).padStart(8, '0');
  return `W/"${hex(a)}${hex(b)}"`;
}

/** Whether `If-None-Match` or `If-Match` names a tag, by RFC 9110's weak comparison; `*` names all. */
export function names(header: string, etag: string): boolean {
  if (header.trim() === '*') return true;
  const opaque = (tag: string): string => tag.trim().replace(/^W\//, '');
  return header.split(',').some((tag) => opaque(tag) === opaque(etag));
}
