import type { mediaRoutes } from '../contract/media.ts';
import type { Handlers } from '../handler.ts';
import { mediaBlob } from '../media/blob.ts';
import { mediaKeys } from '../media/keys.ts';
import { listMedia } from '../media/list.ts';
import { saveMedia } from '../media/save.ts';
import { writerOf } from '../runs/writer.ts';
import { give } from './artifacts.ts';

export const mediaHandlers: Handlers<typeof mediaRoutes> = {
  saveMedia: async ({ deps, principal, request }, { params, body }) => {
    const writer = await writerOf(deps, principal, request, params.id);
    const { items } = body;
    return { saved: await saveMedia(deps, { run: params.id, items, writer, actor: principal.name }) };
  },
  listMedia: ({ deps }, { params, query }) => listMedia(deps, params.id, query),
  mediaKeys: ({ deps }, { params }) => mediaKeys(deps, params.id),
  getMediaBlob: async (call, { params }) => give(call, await mediaBlob(call.deps, params.id, params.digest)),
};
