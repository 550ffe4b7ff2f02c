const encoder = new TextEncoder();

/** SHA-256 of a text or of bytes, in hexadecimal. */
export async function sha256Hex(data: string | Uint8Array): Promise<string> {
  const bytes = typeof data === 'string' ? encoder.encode(data) : data;
  // Copied, because the digest's type wants a buffer that is not shared.
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes.slice())));
}

export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
