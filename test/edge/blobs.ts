import type { PartPlace, ReceivedPart, StoredAs } from '@tidemark/api/blobs/store';
import { openR2 } from '@tidemark/api/edge/r2';

/** The product's store of blobs in R2, one call a request to `/{slug}/{call}`, with its arguments in a header. */
export default {
  async fetch(request, env) {
    const [, slug = '', name = ''] = new URL(request.url).pathname.split('/');
    const store = openR2(env.BLOBS, slug);
    const args = JSON.parse(request.headers.get('x-arguments') ?? '[]') as never[];
    const body = request.body ?? new Uint8Array();
    const calls: Record<string, () => Promise<unknown>> = {
      put: () => store.put(body, args[0]!),
      size: () => store.size(args[0]!),
      delete: () => store.delete(args[0]!),
      list: () => store.list(args[0]!, args[1]!),
      begin: () => store.parts.begin(args[0] as unknown as StoredAs),
      part: () => store.parts.put(args[0]!, args[1] as unknown as PartPlace, body),
      complete: () => store.parts.complete(args[0]!, args[1]!, args[2] as unknown as ReceivedPart[]),
      abort: () => store.parts.abort(args[0]!),
      leftovers: async () => (await env.BLOBS.list({ prefix: `_incoming/${slug}/` })).objects.length,
    };
    try {
      if (name !== 'get') return Response.json({ value: (await calls[name]!()) ?? null });
      const found = await store.get(args[0]!, args[1] ?? undefined);
      if (!found) return Response.json({}, { status: 404 });
      return new Response(found.body, { headers: { 'x-size': String(found.size) } });
    } catch (error) {
      const { name: type, message } = error as Error;
      return Response.json({ type, message }, { status: 500 });
    }
  },
} satisfies ExportedHandler<{ readonly BLOBS: R2Bucket }>;
