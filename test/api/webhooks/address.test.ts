import { createServer } from 'node:http';
import { type AddressInfo, BlockList } from 'node:net';
import { nodeWebhooks } from '@tidemark/api/node/webhooks';
import { isPublicAddress } from '@tidemark/api/webhooks/address';
import { refusedUrl } from '@tidemark/api/webhooks/url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seeded } from '../../support/seed.ts';

/** Node's own matcher of networks, over the same registry written once more. */
const blocked = new BlockList();
for (const [address, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  blocked.addSubnet(address, bits, 'ipv4');
}

test('IPv4 as Node’s BlockList has it, also inside IPv6', () => {
  const near = fc.constantFrom(0, 10, 100, 127, 169, 172, 192, 198, 203, 224, 240, 255, 8);
  const byte = fc.oneof(
    fc.integer({ min: 0, max: 255 }),
    fc.constantFrom(0, 2, 16, 18, 19, 31, 32, 51, 63, 64, 88, 99, 113, 127, 128, 168, 254, 255),
  );
  fc.assert(
    fc.property(fc.oneof(near, byte), byte, byte, byte, (a, b, c, d) => {
      const text = `${a}.${b}.${c}.${d}`;
      const open = !blocked.check(text, 'ipv4');
      expect(isPublicAddress(text)).toBe(open);
      expect(isPublicAddress(`::ffff:${text}`)).toBe(open);
      const hex = [a * 256 + b, c * 256 + d].map((group) => group.toString(16)).join(':');
      expect(isPublicAddress(`[64:ff9b::${hex}]`)).toBe(open);
      expect(isPublicAddress(`2002:${hex}::1`)).toBe(open);
    }),
    seeded(2000),
  );
});

test.each([
  '::1',
  '::',
  'fe80::1',
  'fe80::1%eth0',
  'fc00::1',
  'fd12:3456::1',
  'ff02::1',
  '2001:db8::1',
  '2001::1',
  '3fff::1',
  '100::1',
  '::127.0.0.1',
  '1::2::3',
  'x',
  '',
  '1.2.3',
  '1.2.3.256',
  '2600:1:2:3:4:5:6',
  '2600:1:2:3:4:5:6:7:8',
])('%s is not of the public internet', (text) => expect(isPublicAddress(text)).toBe(false));
test.each(['2606:4700::1111', '[2a00:1450:4001:81b::200e]', '2600:1:2:3:4:5:6:7', '8.8.8.8', '1.1.1.1', '172.32.0.1'])(
  '%s is',
  (text) => expect(isPublicAddress(text)).toBe(true),
);

describe('addresses of webhooks', () => {
  // However an address is written, the URL's parser makes the plain form of it.
  test.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://017700000001/',
    'https://[::1]/',
    'https://[::ffff:169.254.169.254]/latest/meta-data',
    'https://169.254.169.254/',
    'https://localhost/',
    'https://LOCALHOST./',
    'https://a.localhost/',
    'https://router.local/',
    'https://metadata.google.internal/',
    'https://intranet/',
    'https://user:word@example.org/',
    'http://example.org/',
    'gopher://example.org/',
    'nothing',
  ])('%s is refused', (url) => expect(refusedUrl(url, false)).not.toBeNull());
  test.each(['https://example.org/hook?x=1', 'https://8.8.8.8:8443/', 'https://[2606:4700::1111]/'])(
    '%s is taken',
    (url) => expect(refusedUrl(url, false)).toBeNull(),
  );
  test('a server that allows its own network takes these, but no names and passwords', () => {
    expect(refusedUrl('http://127.0.0.1:8080/', true)).toBeNull();
    expect(refusedUrl('http://a:b@127.0.0.1/', true)).not.toBeNull();
  });
});

test('a name that resolves to this machine gets no connection', async () => {
  let asked = 0;
  const server = createServer((_, response) => {
    asked++;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;
  const request = { headers: {}, body: '', timeoutSeconds: 5 };
  // By its name the address is refused before; here it is asked for in earnest, as one that passed the first look.
  const open = await nodeWebhooks(true).post(`http://localhost:${port}/`, request);
  expect(open).toMatchObject({ status: 200 });
  const closed = await nodeWebhooks(false).post(`https://localhost:${port}/`, request);
  expect(closed).toMatchObject({ status: null, error: expect.stringContaining('localhost') });
  expect(asked).toBe(1);
  server.close();
});

test('who does not answer in time is given up', async () => {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const answer = await nodeWebhooks(true).post(`http://127.0.0.1:${port}/`, {
    headers: {},
    body: 'x',
    timeoutSeconds: 1,
  });
  expect(answer).toEqual({ status: null, error: 'no answer within 1 s' });
  server.closeAllConnections();
  server.close();
});
