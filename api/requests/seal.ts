/**
 * Encrypts a text so that only who knows `key` can read it: replies may hold secrets that the database otherwise has only hashed.
 * AES-256-GCM under the key's hash; the nonce stands in front.
 */
export async function seal(rng: (length: number) => Uint8Array, key: string, text: string): Promise<Uint8Array> {
  const iv = Uint8Array.from(rng(12));
  const secret = await keyOf(key, 'encrypt');
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, secret, new TextEncoder().encode(text));
  const whole = new Uint8Array(iv.length + sealed.byteLength);
  whole.set(iv);
  whole.set(new Uint8Array(sealed), iv.length);
  return whole;
}

/** What `seal` made. */
export async function open(key: string, sealed: Uint8Array): Promise<string> {
  const iv = Uint8Array.from(sealed.subarray(0, 12));
  const text = Uint8Array.from(sealed.subarray(12));
  return new TextDecoder().decode(
    await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, await keyOf(key, 'decrypt'), text),
  );
}

async function keyOf(key: string, use: 'encrypt' | 'decrypt') {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`reply ${key}`));
  return crypto.subtle.importKey('raw', hash, 'AES-GCM', false, [use]);
}
