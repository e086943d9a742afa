import { UnsupportedModelError } from '../errors.js';
import { fromDigits, fromTwosComplement } from './integers.js';
import type { Limits } from './limits.js';
import { latin1 } from './pickle-text.js';
import type { Value } from './values.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The refusal of a pickle, by what is wrong with it. */
export const fault = (what: string) => new UnsupportedModelError(what, `The model file is not a readable pickle: ${what}.`);

/** Reads the operands of a pickle's opcodes, from the current position on and never beyond the end. */
export class PickleCursor {
  protected position = 0;
  protected readonly view: DataView;

  constructor(protected readonly bytes: Uint8Array, protected readonly limits: Limits) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  protected take(count: number): number {
    const start = this.position;
    if (count < 0 || start + count > this.bytes.length) throw fault('it is cut off');
    this.position += count;
    return start;
  }

  protected block(length: number): Uint8Array {
    const start = this.take(length);
    return this.bytes.subarray(start, start + length);
  }

  protected text(length: number): string {
    if (length > this.limits.text) throw fault(`it has a text of ${length} bytes, more than ${this.limits.text}`);
    return utf8.decode(this.block(length));
  }

  protected length8(): number {
    const length = this.view.getBigUint64(this.take(8), true);
    if (length > BigInt(this.bytes.length)) throw fault(`it claims a block of ${length} bytes and has ${this.bytes.length}`);
    return Number(length);
  }

  protected line(): string {
    const end = this.bytes.indexOf(0x0a, this.position);
    if (end < 0 || end - this.position > this.limits.text) throw fault('it is cut off');
    const text = latin1(this.bytes.subarray(this.position, end));
    this.position = end + 1;
    return text;
  }

  protected textInteger(): Value {
    const text = this.line();
    return text === '00' ? false : text === '01' ? true : this.integer(text);
  }

  protected integer(text: string): Value {
    const value = fromDigits(text);
    if (value === undefined) throw fault('it has a number that is none');
    return value;
  }

  protected long(length: number): Value {
    if (length > 1024) throw fault(`it has a number of ${length} bytes`);
    return fromTwosComplement(this.block(length));
  }
}
