import { isPublicAddress } from './address.ts';

/** Names that mean this machine or its network wherever they are asked for. */
const LOCAL_NAME = /(^|\.)(localhost|local|internal|lan|home|corp|intranet)$/;

/**
 * Why messages are not sent to an address, or null. What its name resolves to is looked at when a message is sent, because it may
 * change. `allowPrivate`: the deployment sends into its own network too, also without TLS.
 */
export function refusedUrl(text: string, allowPrivate: boolean): string | null {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'is no address';
  }
  const { protocol, hostname, username, password } = url;
  if (username !== '' || password !== '') return 'must not hold a name or a password';
  if (protocol !== 'https:' && protocol !== 'http:') return 'must begin with https://';
  if (allowPrivate) return null;
  if (protocol !== 'https:') return 'must begin with https://';
  const host = hostname.replace(/\.$/, '').toLowerCase();
  const isAddress = /^[\d.]+$/.test(host) || host.startsWith('[');
  if (isAddress ? !isPublicAddress(host) : LOCAL_NAME.test(host) || !host.includes('.')) {
    return `${host} is not an address of the public internet`;
  }
  return null;
}
