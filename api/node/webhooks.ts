import { lookup as resolve } from 'node:dns';
import { setMaxListeners } from 'node:events';
import { type ClientRequest, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isPublicAddress } from '../webhooks/address.ts';
import { retryAfterOf, type WebhookAnswer, type WebhookPort } from '../webhooks/port.ts';
import { refusedUrl } from '../webhooks/url.ts';

class PrivateAddress extends Error {}

/**
 * Webhooks by Node's own HTTP. A name is resolved here, once, and the connection goes to the addresses that were looked at: so a name that
 * means another address a moment later leads nowhere else. `stop` ends what is under way: a process that ends does not wait for it.
 */
export function nodeWebhooks(allowPrivate: boolean, stop?: AbortSignal): WebhookPort {
  if (stop) setMaxListeners(0, stop);
  const checked: LookupFunction = (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, '', 0);
      const inside = addresses.find(({ address }) => !isPublicAddress(address));
      if (inside && !allowPrivate) {
        return done(new PrivateAddress(`${hostname} is ${inside.address}, which is not of the public internet`), '', 0);
      }
      const [first] = addresses;
      if (!first) return done(new Error(`${hostname} has no address`), '', 0);
      return options.all ? done(null, addresses) : done(null, first.address, first.family);
    });
  };
  return {
    allowPrivate,
    post(url, { headers, body, timeoutSeconds }) {
      // An address in place of a name is not looked up, so it is looked at here.
      const refused = refusedUrl(url, allowPrivate);
      if (refused !== null) return Promise.resolve({ status: null, error: refused });
      return new Promise<WebhookAnswer>((settle) => {
        let request: ClientRequest;
        const clock = setTimeout(() => {
          settle({ status: null, error: `no answer within ${timeoutSeconds} s` });
          request.destroy();
        }, timeoutSeconds * 1000);
        const end = (answer: WebhookAnswer): void => {
          clearTimeout(clock);
          settle(answer);
          request.destroy();
        };
        const send = url.startsWith('https:') ? httpsRequest : httpRequest;
        request = send(
          url,
          { method: 'POST', headers, lookup: checked, agent: false, ...(stop ? { signal: stop } : {}) },
          (response) => {
            end({ status: response.statusCode ?? 0, retryAfter: retryAfterOf(response.headers['retry-after']) });
          },
        );
        request.on('error', (error) => end({ status: null, error: reasonOf(error) }));
        request.end(body);
      });
    },
  };
}

function reasonOf(error: Error): string {
  const inner = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
  return inner.message.slice(0, 300) || inner.name;
}
