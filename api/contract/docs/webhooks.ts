import { webhookRoutes } from '../webhooks.ts';
import { docs } from './doc.ts';

// A number once it is filled in.
const id = '{{createWebhook.id}}' as unknown as number;
const words = { id: 'The webhook’s number.' };

export const webhookDocs = docs(webhookRoutes, {
  createWebhook: {
    description:
      'Messages are signed after Standard Webhooks 1.0.0 (`webhook-id`, `webhook-timestamp`, `webhook-signature`). Addresses are https and of the public internet, unless the server allows its own network too; redirects are not followed.',
    examples: {
      one: { body: { name: 'ops', url: 'https://tidemark-receiver.invalid/hook', timeoutSeconds: 5 } },
      spare: { body: { name: 'spare', url: 'https://hooks.slack.com/services/T0/B0/x', format: 'slack' } },
    },
  },
  listWebhooks: {
    description: 'Without their secrets. `failingSince` says since when nothing was delivered.',
    examples: { all: { after: ['createWebhook'] } },
  },
  updateWebhook: {
    description: '`enabled: true` switches on again what was switched off; what waited then can be sent again by hand.',
    parameters: words,
    examples: { slower: { params: { id }, body: { timeoutSeconds: 5 }, after: ['createWebhook'] } },
  },
  rotateWebhook: {
    description:
      'With both signatures in the header a receiver may change its secret any time before the old one ends.',
    parameters: words,
    examples: { day: { params: { id }, body: { hours: 24 }, after: ['createWebhook'] } },
  },
  deleteWebhook: {
    description: 'Alerts that use it are named.',
    parameters: words,
    examples: { one: { params: { id: '{{createWebhook/spare.id}}' as unknown as number }, last: true } },
  },
  listDeliveries: {
    description: 'Each attempt has its status, or why there was none, and how long it took.',
    parameters: {
      alert: 'Only messages of this alert.',
      webhook: 'Only messages to this webhook.',
      state: 'Only those that wait, were delivered, or were given up.',
    },
    examples: { all: { query: { limit: 5 }, after: ['testAlert'] } },
  },
  redeliver: {
    description: 'Also of a message that was delivered or given up before, and to an address that is switched off.',
    parameters: { id: 'The message’s `webhook-id`.' },
    examples: { one: { params: { id: '{{testAlert.id}}' }, after: ['testAlert', 'listDeliveries'] } },
  },
});
