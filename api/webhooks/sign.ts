const encoder = new TextEncoder();

/**
 * The `webhook-signature` of a message by the Standard Webhooks specification (1.0.0, "Signature scheme"): for each secret `v1,` and the
 * base64 of HMAC-SHA256 over `{id}.{timestamp}.{payload}`, separated by spaces. `timestamp` is in seconds; a secret is `whsec_` and its bytes in base64.
 */
export async function signWebhook(
  secrets: readonly string[],
  id: string,
  timestamp: number,
  payload: string,
): Promise<string> {
  const content = encoder.encode(`${id}.${timestamp}.${payload}`);
  const signatures = await Promise.all(
    secrets.map(async (secret) => {
      const bytes = Uint8Array.from(atob(secret.replace(/^whsec_/, '')), (char) => char.charCodeAt(0));
      const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
      const signature = new Uint8Array(await crypto.subtle.sign('HMAC', key, content));
      return `v1,${btoa(String.fromCharCode(...signature))}`;
    }),
  );
  return signatures.join(' ');
}
