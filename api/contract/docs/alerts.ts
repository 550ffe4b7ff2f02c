import { alertRoutes } from '../alerts.ts';
import { docs } from './doc.ts';

// Numbers once they are filled in.
const id = '{{createAlert.id}}' as unknown as number;
const webhook = '{{createWebhook.id}}' as unknown as number;
const words = { id: 'The alert’s number.' };

export const alertDocs = docs(alertRoutes, {
  createAlert: {
    description:
      'It fires on the edge: once a run, or again after `cooldownMinutes` once it was not true meanwhile. The message is written in the transaction that makes the rule true, and sent at least once; docs/alerts.md describes it.',
    examples: {
      metric: {
        body: {
          name: 'loss too high',
          rule: { kind: 'metric', key: 'val_loss', op: '>', value: 5 },
          webhook,
        },
      },
      stalled: {
        body: {
          name: 'stalled',
          rule: { kind: 'no_progress', minutes: 30 },
          webhook,
          cooldownMinutes: 60,
        },
        after: ['createAlert/metric'],
      },
    },
  },
  listAlerts: {
    description: 'With how often each fired in the last 30 days.',
    parameters: { run: 'Alerts that look at this run: its own, its experiment’s, and those of all runs.' },
    examples: { all: { after: ['createAlert'] } },
  },
  getAlert: {
    description: '`text` is the rule in words.',
    parameters: words,
    examples: { one: { params: { id }, after: ['createAlert'] } },
  },
  updateAlert: {
    description: 'Paused, it does not look; what happens meanwhile is not made up for.',
    parameters: words,
    examples: { paused: { params: { id }, body: { paused: true }, after: ['getAlert'] } },
  },
  deleteAlert: {
    description: 'Messages that still wait go with it.',
    parameters: words,
    examples: { one: { params: { id }, last: true, after: ['updateAlert', 'testAlert', 'replayAlert'] } },
  },
  testAlert: {
    description: 'Also while the alert is paused. A message that was not taken is sent again as any other.',
    parameters: words,
    examples: { one: { params: { id }, after: ['createAlert'] } },
  },
  replayAlert: {
    description:
      'By what is stored: points at their own times, attempts and their ends. Points that a resume hid do not count. `rule` tries another one.',
    parameters: words,
    examples: {
      own: { params: { id }, body: { limit: 10 }, after: ['createAlert'] },
      other: { params: { id }, body: { rule: { kind: 'nan' } }, after: ['createAlert'] },
    },
  },
});
