const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

/** A new token's secret: `tdm` and 37 of [0-9a-z], each equally likely: 191 bits. */
export function newSecret(rng: (length: number) => Uint8Array): string {
  let text = 'tdm';
  while (text.length < 40) {
    for (const byte of rng(64)) {
      // 252 is the largest multiple of 36 in a byte; what lies above it would favour the first letters.
      if (byte < 252 && text.length < 40) text += ALPHABET[byte % 36];
    }
  }
  return text;
}
