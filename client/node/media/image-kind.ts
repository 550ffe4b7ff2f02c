import type { MediaValue } from '@tidemark/api/contract/media';

type ContentType = Extract<MediaValue, { type: 'image' }>['images'][number]['contentType'];
export interface ImageKind {
  readonly contentType: ContentType;
  readonly width: number;
  readonly height: number;
}

/**
 * What an image file's first bytes say: PNG (its IHDR), GIF (its screen), WebP (RFC 9649), JPEG (its frame header).
 * @throws TypeError for anything else
 */
export function imageKind(bytes: Uint8Array): ImageKind {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ascii = (at: number, length: number) => String.fromCharCode(...bytes.subarray(at, at + length));
  try {
    if (ascii(0, 8) === '\u0089PNG\r\n\u001a\n') {
      return { contentType: 'image/png', width: view.getUint32(16), height: view.getUint32(20) };
    }
    if (/^GIF8[79]a$/.test(ascii(0, 6))) {
      return { contentType: 'image/gif', width: view.getUint16(6, true), height: view.getUint16(8, true) };
    }
    if (ascii(0, 4) === 'RIFF' && ascii(8, 4) === 'WEBP')
      return { contentType: 'image/webp', ...webpSize(view, ascii(12, 4)) };
    if (bytes[0] === 0xff && bytes[1] === 0xd8) return { contentType: 'image/jpeg', ...jpegSize(view) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new TypeError('an image that is torn: its size is not in it');
  }
  throw new TypeError('an image must be a PNG, JPEG, WebP or GIF, or pixels');
}

function webpSize(view: DataView, form: string): { width: number; height: number } {
  if (form === 'VP8 ') return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (form === 'VP8L') {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  const uint24 = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  return { width: uint24(24) + 1, height: uint24(27) + 1 };
}

/** The first start-of-frame marker (C0–CF but C4, C8, CC) holds height and width. */
function jpegSize(view: DataView): { width: number; height: number } {
  for (let at = 2; ; ) {
    while (view.getUint8(at) === 0xff && view.getUint8(at + 1) === 0xff) at++;
    const marker = view.getUint8(at + 1);
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    at += 2 + view.getUint16(at + 2);
  }
}
