import { openAsBlob } from 'node:fs';
import { putBlob } from '@tidemark/api/contract/artifacts';
import { beginUpload, type UploadOffer } from '@tidemark/api/contract/uploads';
import type { Client } from '../../call.ts';
import { ApiError } from '../../errors.ts';
import { type PartsSource, sendInParts } from './send-parts.ts';

/** Larger files go in parts: Cloudflare takes 100 MB a request, and a broken line does not begin again. */
export const WHOLE = 64 * 2 ** 20;

/** Stores the bytes of a file, or of a part of it, under their digest; nothing names them yet. @throws what `again` throws */
export async function uploadBlob(
  client: Client,
  source: PartsSource & {
    readonly digest: string;
    readonly size: number;
    /** The server may have them already: ask first, whatever their size. */
    readonly perhapsThere?: boolean;
  },
): Promise<void> {
  const { file, offset = 0, digest, size, perhapsThere = false, signal, again } = source;
  const params = { digest };
  if (perhapsThere || size > WHOLE) {
    const begin = () => client.call(beginUpload, { params, body: { size } }, { signal });
    const { offer } = await sendInParts(client, source, () => offered(begin));
    if (offer.stored) return;
  }
  const body = (await openAsBlob(file)).slice(offset, offset + size);
  await again(() => client.call(putBlob, { params, body }, { signal, timeoutSeconds: 600 }));
}

/** What a server offers; one that is older and knows no parts wants the whole. */
export async function offered(begin: () => Promise<UploadOffer>): Promise<UploadOffer> {
  try {
    return await begin();
  } catch (error) {
    if (error instanceof ApiError && error.code === 'not_found') return { stored: false, upload: null };
    throw error;
  }
}
