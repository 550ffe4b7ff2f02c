import type { MediaValue } from '@tidemark/api/contract/media';

/** Something to log that is no number: made by `image`, `table`, `histogram`, … */
export class Medium {
  readonly value: MediaValue;
  /** The bytes that it shows, by their digest. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;

  constructor(value: MediaValue, blobs: ReadonlyMap<string, Uint8Array> = new Map()) {
    this.value = value;
    this.blobs = blobs;
  }
}

/** Several images of one key and step as one. @throws TypeError for anything else: of other kinds there is one at a key and step. */
export function joinMedia(media: readonly Medium[]): Medium {
  const images = media.map(({ value }) => {
    if (value.type !== 'image') throw new TypeError(`a list may hold images only, not a ${value.type}`);
    return value.images;
  });
  return new Medium({ type: 'image', images: images.flat() }, new Map(media.flatMap(({ blobs }) => [...blobs])));
}
