/**
 * Apache Arrow's streaming format for the one table of a history: key (utf8), step (int64), time (timestamp in ms, UTC), value (float64),
 * none of them null. A message is 0xFFFFFFFF, the length of its metadata (int32), the metadata as a FlatBuffer padded to 8
 * bytes, then its buffers, each padded to 8. Source: the columnar format's specification, version 5 of its metadata (Schema.fbs, Message.fbs).
 */
import type { Series } from './frame.ts';

const VERSION_5 = 4;
const HEADER = { schema: 1, recordBatch: 3 } as const;
const TYPE = { int: 2, floatingPoint: 3, utf8: 5, timestamp: 10 } as const;
const DOUBLE = 2;
const MILLISECOND = 1;

const encoder = new TextEncoder();
const pad8 = (size: number): number => (size + 7) & ~7;

/** What a FlatBuffer is made of here; a table's fields by their number, left out where a default will do. */
type Field =
  | { readonly kind: 'u8'; readonly value: number }
  | { readonly kind: 'i16'; readonly value: number }
  | { readonly kind: 'i32'; readonly value: number }
  | { readonly kind: 'i64'; readonly value: number }
  | { readonly kind: 'table'; readonly fields: Fields }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tables'; readonly items: readonly Fields[] }
  /** A vector of structs of int64 pairs. */
  | { readonly kind: 'pairs'; readonly items: readonly (readonly [number, number])[] };
type Fields = ReadonlyMap<number, Field>;

const SIZE = { u8: 1, i16: 2, i32: 4, i64: 8, table: 4, text: 4, tables: 4, pairs: 4 } as const;

/** Written front to back: a table, then what it refers to, so that every offset points forwards as the format wants. */
class FlatBuffer {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #size = 0;

  static of(root: Fields): Uint8Array {
    const buffer = new FlatBuffer();
    const at = buffer.#take(4, 4);
    buffer.#refer(at, buffer.#table(root));
    return buffer.#bytes.subarray(0, pad8(buffer.#size));
  }

  #take(size: number, align: number): number {
    const at = Math.ceil(this.#size / align) * align;
    this.#size = at + size;
    if (pad8(this.#size) > this.#bytes.length) {
      const grown = new Uint8Array(2 * pad8(this.#size));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }

  #refer(from: number, to: number): void {
    this.#view.setUint32(from, to - from, true);
  }

  #table(fields: Fields): number {
    const last = Math.max(-1, ...fields.keys());
    const vtableSize = 4 + 2 * (last + 1);
    const vtable = this.#take(vtableSize, 4);
    const places = new Map<number, number>();
    let size = 4;
    for (const [number, { kind }] of fields) {
      size = Math.ceil(size / SIZE[kind]) * SIZE[kind];
      places.set(number, size);
      size += SIZE[kind];
    }
    const at = this.#take(size, 8);
    this.#view.setInt32(at, at - vtable, true);
    this.#view.setUint16(vtable, vtableSize, true);
    this.#view.setUint16(vtable + 2, size, true);
    for (const [number, place] of places) this.#view.setUint16(vtable + 4 + 2 * number, place, true);
    for (const [number, field] of fields) this.#field(at + places.get(number)!, field);
    return at;
  }

  #field(at: number, field: Field): void {
    if (field.kind === 'u8') this.#view.setUint8(at, field.value);
    else if (field.kind === 'i16') this.#view.setInt16(at, field.value, true);
    else if (field.kind === 'i32') this.#view.setInt32(at, field.value, true);
    else if (field.kind === 'i64') this.#view.setBigInt64(at, BigInt(field.value), true);
    else if (field.kind === 'table') this.#refer(at, this.#table(field.fields));
    else if (field.kind === 'text') this.#refer(at, this.#text(field.text));
    else if (field.kind === 'tables') this.#refer(at, this.#tables(field.items));
    else this.#refer(at, this.#pairs(field.items));
  }

  #text(text: string): number {
    const bytes = encoder.encode(text);
    const at = this.#take(4 + bytes.length + 1, 4);
    this.#view.setUint32(at, bytes.length, true);
    this.#bytes.set(bytes, at + 4);
    return at;
  }

  #tables(items: readonly Fields[]): number {
    const at = this.#take(4 + 4 * items.length, 4);
    this.#view.setUint32(at, items.length, true);
    items.forEach((fields, i) => {
      this.#refer(at + 4 + 4 * i, this.#table(fields));
    });
    return at;
  }

  #pairs(items: readonly (readonly [number, number])[]): number {
    // The length stands right before the structs, which are aligned to 8.
    const at = this.#take(8 + 16 * items.length, 8) + 4;
    this.#view.setUint32(at, items.length, true);
    items.flat().forEach((value, i) => {
      this.#view.setBigInt64(at + 4 + 8 * i, BigInt(value), true);
    });
    return at;
  }
}

const fields = (...list: [number, Field][]): Fields => new Map(list);
const table = (...list: [number, Field][]): Field => ({ kind: 'table', fields: fields(...list) });

function message(header: number, content: Field, body: readonly Uint8Array[]): Uint8Array {
  const bodySize = body.reduce((sum, { length }) => sum + pad8(length), 0);
  const metadata = FlatBuffer.of(
    fields(
      [3, { kind: 'i64', value: bodySize }],
      [2, content],
      [0, { kind: 'i16', value: VERSION_5 }],
      [1, { kind: 'u8', value: header }],
    ),
  );
  const out = new Uint8Array(8 + metadata.length + bodySize);
  const view = new DataView(out.buffer);
  view.setUint32(0, 0xffffffff, true);
  view.setInt32(4, metadata.length, true);
  out.set(metadata, 8);
  let offset = 8 + metadata.length;
  for (const buffer of body) {
    out.set(buffer, offset);
    offset += pad8(buffer.length);
  }
  return out;
}

const column = (name: string, type: number, detail: Field): Fields =>
  fields(
    [0, { kind: 'text', text: name }],
    [3, detail],
    [5, { kind: 'tables', items: [] }],
    [2, { kind: 'u8', value: type }],
  );

/** The stream's first message. */
export function arrowSchema(): Uint8Array {
  const columns = [
    column('key', TYPE.utf8, table()),
    column('step', TYPE.int, table([0, { kind: 'i32', value: 64 }], [1, { kind: 'u8', value: 1 }])),
    column('time', TYPE.timestamp, table([1, { kind: 'text', text: 'UTC' }], [0, { kind: 'i16', value: MILLISECOND }])),
    column('value', TYPE.floatingPoint, table([0, { kind: 'i16', value: DOUBLE }])),
  ];
  return message(HEADER.schema, table([1, { kind: 'tables', items: columns }]), []);
}

/** A batch of the points of a few keys. */
export function arrowBatch(series: readonly Series[]): Uint8Array {
  const length = series.reduce((sum, { steps }) => sum + steps.length, 0);
  const names = series.map(({ key }) => encoder.encode(key));
  const offsets = new Int32Array(length + 1);
  const text = new Uint8Array(series.reduce((sum, { steps }, i) => sum + steps.length * names[i]!.length, 0));
  const steps = new BigInt64Array(length);
  const times = new BigInt64Array(length);
  const values = new Float64Array(length);
  let row = 0;
  for (const [index, points] of series.entries()) {
    values.set(points.values, row);
    for (let i = 0; i < points.steps.length; i++, row++) {
      text.set(names[index]!, offsets[row]!);
      offsets[row + 1] = offsets[row]! + names[index]!.length;
      steps[row] = BigInt(points.steps[i]!);
      times[row] = BigInt(points.times[i]!);
    }
  }
  const none = new Uint8Array();
  const bytes = (array: Int32Array | BigInt64Array | Float64Array) => new Uint8Array(array.buffer);
  // Validity, which may be empty where nothing is null, and data; of text its offsets between.
  const body = [
    ...[none, bytes(offsets), text],
    ...[none, bytes(steps)],
    ...[none, bytes(times)],
    ...[none, bytes(values)],
  ];
  let at = 0;
  const buffers = body.map((buffer) => {
    const place = [at, buffer.length] as const;
    at += pad8(buffer.length);
    return place;
  });
  const nodes = Array.from({ length: 4 }, () => [length, 0] as const);
  const batch = table(
    [0, { kind: 'i64', value: length }],
    [1, { kind: 'pairs', items: nodes }],
    [2, { kind: 'pairs', items: buffers }],
  );
  return message(HEADER.recordBatch, batch, body);
}

/** The stream's end. */
export const arrowEnd = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
