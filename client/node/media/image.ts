import { readFileSync } from 'node:fs';
import type { MediaValue } from '@tidemark/api/contract/media';
import { encodePng } from './encode-png.ts';
import { imageKind } from './image-kind.ts';
import { Medium } from './medium.ts';
import { sha256 } from './sha256.ts';

type Shown = Extract<MediaValue, { type: 'image' }>['images'][number];
export type ImageOptions = Pick<Shown, 'caption' | 'boxes'>;

/** Rows of pixels from the top, channels beside each other: 1 grey, 3 RGB, 4 RGBA. */
export interface Pixels {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  readonly channels?: 1 | 3 | 4;
}

/**
 * An image: a PNG, JPEG, WebP or GIF as its bytes or its file's path, or pixels. Boxes are fractions of width and height.
 * @throws TypeError when it is none of these, or the file cannot be read.
 */
export function image(source: Uint8Array | string | Pixels, options: ImageOptions = {}): Medium {
  const bytes =
    typeof source === 'string' ? readFileSync(source) : source instanceof Uint8Array ? source : encodePng(source);
  const { contentType, width, height } = imageKind(bytes);
  const digest = sha256(bytes);
  const { caption, boxes } = options;
  const shown: Shown = {
    digest,
    contentType,
    width,
    height,
    ...(caption === undefined ? {} : { caption }),
    ...(boxes === undefined ? {} : { boxes }),
  };
  return new Medium({ type: 'image', images: [shown] }, new Map([[digest, bytes]]));
}
