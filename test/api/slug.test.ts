import { inside, placeOf } from '@tidemark/api/front/slug';
import fc from 'fast-check';
import { expect, test } from 'vitest';

test('without the prefix an address is of `default`; with it, of the project it names', () => {
  expect(placeOf('/')).toEqual({ slug: 'default', path: '/' });
  expect(placeOf('/api/v1/runs')).toEqual({ slug: 'default', path: '/api/v1/runs' });
  expect(placeOf('/pages/x')).toEqual({ slug: 'default', path: '/pages/x' });
  expect(placeOf('/p/vision')).toEqual({ slug: 'vision', path: '/' });
  expect(placeOf('/p/vision/')).toEqual({ slug: 'vision', path: '/' });
  expect(placeOf('/p/default/runs')).toEqual({ slug: 'default', path: '/runs' });
  expect(placeOf('/p/vision/p/other/x')).toEqual({ slug: 'vision', path: '/p/other/x' });
});

test.each(['/p', '/p/', '/p//x', '/p/Vision/', '/p/9/', '/p/a_b/', '/p/%61/', '/p/a%2f../', `/p/${'a'.repeat(33)}/`])(
  '%s names none',
  (pathname) => expect(placeOf(pathname)).toBeNull(),
);

test('whatever an address is, a place has a slug that is one, and a path that begins at its root', () => {
  const part = fc.oneof(fc.constantFrom('p', '..', '.', '', 'default', 'vision', 'api'), fc.string({ maxLength: 8 }));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const { pathname } = new URL(`http://localhost/${parts.map(encodeURIComponent).join('/')}`);
      const place = placeOf(pathname);
      if (!place) return;
      expect(place.slug).toMatch(/^[a-z][a-z0-9-]{0,31}$/);
      expect(place.path.startsWith('/')).toBe(true);
      expect(pathname.endsWith(place.path) || place.path === '/').toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('inside its project a request keeps method, headers, query and body', async () => {
  const request = new Request('http://localhost/p/vision/api/v1/runs?limit=3', {
    method: 'POST',
    headers: { authorization: 'Bearer x' },
    body: '{"a":1}',
  });
  const seen = inside(request, placeOf('/p/vision/api/v1/runs')!);
  expect([seen.url, seen.method, seen.headers.get('authorization'), await seen.text()]).toEqual([
    'http://localhost/api/v1/runs?limit=3',
    'POST',
    'Bearer x',
    '{"a":1}',
  ]);
});
