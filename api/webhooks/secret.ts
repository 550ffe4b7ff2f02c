/** A secret to sign with: 32 random bytes. */
export const newWebhookSecret = (rng: (length: number) => Uint8Array): string =>
  `whsec_${btoa(String.fromCharCode(...rng(32)))}`;
