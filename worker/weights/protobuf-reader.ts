import { WeightFileError } from './tensors.ts';

/** Fields of one protocol-buffer message, in order. A length-delimited value is a view of the file, not a copy. */
export type Field = { field: number; wire: 0; value: bigint } | { field: number; wire: 1 | 2 | 5; value: Uint8Array };

const broken = (why: string): WeightFileError => new WeightFileError(`The protocol buffer is broken: ${why}.`);

/**
 * Reads a message of the protocol-buffer wire format, field by field (https://protobuf.dev/programming-guides/encoding). Groups,
 * which no file of ours has, are refused.
 * @throws WeightFileError
 */
export function* fieldsOf(bytes: Uint8Array): Generator<Field, void, void> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw broken('it ends within a number');
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw broken('a number is longer than ten bytes');
  };
  const take = (size: number): Uint8Array => {
    if (size > bytes.length - at) throw broken(`a field of ${size} bytes where ${bytes.length - at} are left`);
    at += size;
    return bytes.subarray(at - size, at);
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const [field, wire] = [Math.floor(key / 8), key % 8];
    if (field < 1) throw broken('a field has the number 0');
    if (wire === 0) yield { field, wire, value: varint() };
    else if (wire === 1) yield { field, wire, value: take(8) };
    else if (wire === 5) yield { field, wire, value: take(4) };
    else if (wire === 2) {
      const size = varint();
      yield { field, wire, value: take(size > BigInt(bytes.length) ? Number.MAX_SAFE_INTEGER : Number(size)) };
    } else throw broken(`a field has the wire type ${wire}`);
  }
}

/** Numbers of a repeated varint field, packed or single, as signed 64-bit. */
export function* varintsOf(field: Field): Generator<bigint, void, void> {
  if (field.wire === 0) {
    yield BigInt.asIntN(64, field.value);
    return;
  }
  if (field.wire !== 2) throw broken('a whole number has another wire type');
  let at = 0;
  while (at < field.value.length) {
    let value = 0n;
    let shift = 0n;
    for (;;) {
      const byte = field.value[at++];
      if (byte === undefined || shift > 63n) throw broken('a packed number has no end');
      value |= BigInt(byte & 127) << shift;
      shift += 7n;
      if (byte < 128) break;
    }
    yield BigInt.asIntN(64, value);
  }
}
