import { shown, WeightFileError } from './tensors.ts';

// A pickle is a program for a stack machine, and Python's own reader runs whatever function it names. This one has no functions to
// run: a handful of opcodes build plain values, and a name (`GLOBAL`) is only ever a name, looked up in the list that the caller
// gives. Any other opcode, and any other name, ends the reading.
// Opcodes: CPython's Lib/pickletools.py, protocols 2 to 4.

export class PickleGlobal {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}
export class PickleDict extends Map<PickleValue, PickleValue> {}
/** Whatever the caller makes of a persistent id or of a call. */
export abstract class PickleObject {}

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleValue[]
  | PickleDict
  | PickleGlobal
  | PickleObject;

export interface PickleRules {
  /** Names that may occur: `torch._utils._rebuild_tensor_v2`. */
  globals: ReadonlySet<string>;
  /** What a call of such a name is. */
  call(name: string, args: PickleValue[]): PickleValue;
  persistent(id: PickleValue): PickleValue;
}

const MARK = Symbol('mark');
/** Values made: a pickle of a state dict makes about thirty a tensor. */
const MOST_VALUES = 5_000_000;
const latin1 = new TextDecoder('latin1');
const utf8 = new TextDecoder();

const broken = (why: string): WeightFileError => new WeightFileError(`The pickle is broken: ${why}.`);

export class Unpickler {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #rules: PickleRules;
  #stack: (PickleValue | typeof MARK)[] = [];
  #memo: PickleValue[] = [];
  #values = 0;

  constructor(bytes: Uint8Array, rules: PickleRules) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#rules = rules;
  }

  /** The next pickle of the file; `at` then stands behind it. @throws WeightFileError */
  load(): PickleValue {
    this.#stack = [];
    this.#memo = [];
    for (;;) {
      const opcode = this.#byte();
      if (opcode === 0x2e) return this.#pop();
      this.#run(opcode);
      if (++this.#values > MOST_VALUES) throw broken(`it makes more than ${MOST_VALUES} values`);
    }
  }

  #run(opcode: number): void {
    const value = this.#value(opcode);
    if (value !== undefined) this.#push(value);
    else this.#act(opcode);
  }

  /** What an opcode that makes a value puts on the stack; undefined for one that does something else. */
  #value(opcode: number): PickleValue | undefined {
    switch (opcode) {
      case 0x4e:
        return null;
      case 0x88:
        return true;
      case 0x89:
        return false;
      case 0x4a:
        return this.#view.getInt32(this.#skip(4), true);
      case 0x4b:
        return this.#byte();
      case 0x4d:
        return this.#view.getUint16(this.#skip(2), true);
      case 0x8a:
        return this.#long(this.#byte());
      case 0x47:
        return this.#view.getFloat64(this.#skip(8), false);
      case 0x58:
      case 0x8c:
        return utf8.decode(this.#take(opcode === 0x58 ? this.#u32() : this.#byte()));
      case 0x54:
      case 0x55:
        return latin1.decode(this.#take(opcode === 0x54 ? this.#u32() : this.#byte()));
      case 0x7d:
        return new PickleDict();
      case 0x5d:
      case 0x29:
        return [];
      case 0x74:
        return this.#toMark();
      case 0x85:
      case 0x86:
      case 0x87:
        return this.#popSome(opcode - 0x84);
      case 0x68:
      case 0x6a:
        return this.#recall(opcode === 0x68 ? this.#byte() : this.#u32());
      case 0x63:
        return this.#global(this.#line(), this.#line());
      case 0x93: {
        const [module = null, name = null] = this.#popSome(2);
        return this.#global(module, name);
      }
      case 0x52: {
        const args = this.#pop();
        const called = this.#pop();
        if (!(called instanceof PickleGlobal) || !Array.isArray(args))
          throw broken('something is called that is no name');
        return this.#rules.call(called.name, args);
      }
      case 0x51:
        return this.#rules.persistent(this.#pop());
      default:
        return undefined;
    }
  }

  #act(opcode: number): void {
    switch (opcode) {
      case 0x80: {
        const version = this.#byte();
        if (version < 2 || version > 5) throw broken(`protocol ${version} is not known`);
        break;
      }
      case 0x95: // FRAME
        this.#take(8);
        break;
      case 0x28:
        this.#stack.push(MARK);
        break;
      case 0x30:
        this.#pop();
        break;
      case 0x61:
        this.#append([this.#pop()]);
        break;
      case 0x65:
        this.#append(this.#toMark());
        break;
      case 0x73:
        this.#set(this.#popSome(2));
        break;
      case 0x75:
        this.#set(this.#toMark());
        break;
      case 0x71:
      case 0x72:
      case 0x94:
        this.#memoize(opcode === 0x71 ? this.#byte() : opcode === 0x72 ? this.#u32() : this.#memo.length);
        break;
      case 0x62:
        // BUILD: attributes of an object, such as the versions that PyTorch notes on a state dict. Nothing reads them.
        this.#pop();
        this.#top();
        break;
      default:
        throw new WeightFileError(
          `The pickle uses the opcode 0x${opcode.toString(16)} at byte ${this.at - 1}, which no file of tensors needs.`,
        );
    }
  }

  #global(module: PickleValue, name: PickleValue): PickleGlobal {
    const full = `${String(module)}.${String(name)}`;
    if (typeof module !== 'string' || typeof name !== 'string' || !this.#rules.globals.has(full)) {
      throw new WeightFileError(
        `The pickle names ${shown(full)}. Only tensors are read, and nothing is ever run: save the model’s state_dict alone.`,
      );
    }
    return new PickleGlobal(full);
  }

  #push(value: PickleValue): void {
    this.#stack.push(value);
  }

  #pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) throw broken('its stack is empty');
    return value as PickleValue;
  }

  #popSome(n: number): PickleValue[] {
    const out: PickleValue[] = [];
    for (let i = 0; i < n; i++) out.unshift(this.#pop());
    return out;
  }

  #top(): PickleValue {
    const value = this.#pop();
    this.#push(value);
    return value;
  }

  #toMark(): PickleValue[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) throw broken('a mark is missing');
    const values = this.#stack.splice(mark);
    return values.slice(1) as PickleValue[]; // behind the last mark there is none
  }

  #append(values: PickleValue[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) throw broken('something is appended to what is no list');
    for (const value of values) list.push(value);
    this.#values += values.length;
  }

  #set(values: PickleValue[]): void {
    const dict = this.#top();
    if (!(dict instanceof PickleDict) || values.length % 2) throw broken('an item is set in what is no dict');
    for (let i = 0; i < values.length; i += 2) dict.set(values[i]!, values[i + 1]!);
    this.#values += values.length;
  }

  #memoize(place: number): void {
    if (place > MOST_VALUES) throw broken(`its memo has a place ${place}`);
    this.#memo[place] = this.#top();
  }

  #recall(place: number): PickleValue {
    const value = this.#memo[place];
    if (value === undefined) throw broken(`nothing was kept at place ${place}`);
    return value;
  }

  #skip(size: number): number {
    const at = this.at;
    if (size > this.#bytes.length - at) throw broken('it ends too early');
    this.at += size;
    return at;
  }

  #take(size: number): Uint8Array {
    const at = this.#skip(size);
    return this.#bytes.subarray(at, at + size);
  }

  #byte(): number {
    return this.#bytes[this.#skip(1)]!;
  }

  #u32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  #long(size: number): number | bigint {
    let value = 0n;
    this.#take(size).forEach((byte, i) => {
      value |= BigInt(byte) << BigInt(8 * i);
    });
    const signed = BigInt.asIntN(8 * size, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  #line(): string {
    const end = this.#bytes.indexOf(10, this.at);
    if (end < 0 || end - this.at > 1000) throw broken('a name has no end');
    const text = latin1.decode(this.#take(end - this.at));
    this.at++;
    return text;
  }
}
