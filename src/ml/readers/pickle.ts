import { UnsupportedModelError } from '../errors.js';
import { DEFAULT_LIMITS, type Limits } from './limits.js';
import { applyState, construct } from './pickle-objects.js';
import { roleOf } from './globals.js';
import { PickleCursor, fault } from './pickle-cursor.js';
import { latin1, parseFloatText, unescapeText } from './pickle-text.js';
import { isKind, sizeOf, type Value } from './values.js';

/*
 * A machine for the pickle format, protocols 0 to 5 (Python's pickletools describes the opcodes), that treats a file as
 * data: references are names, calls are records of known shapes, and everything else is refused by its name.
 */

const MARK = Symbol('mark');
type Item = Value | typeof MARK;

/** Reads a pickle. Throws UnsupportedModelError for what is no data of a model, broken, or beyond the limits. */
export function readPickle(bytes: Uint8Array, limits: Limits = DEFAULT_LIMITS): Value {
  if (bytes.length > limits.bytes) throw fault(`it has ${bytes.length} bytes, more than ${limits.bytes}`);
  try {
    return new PickleMachine(bytes, limits).run();
  } catch (error) {
    if (error instanceof UnsupportedModelError) throw error;
    throw fault(error instanceof RangeError || error instanceof TypeError ? 'it is damaged or cut off' : 'it is damaged');
  }
}

class PickleMachine extends PickleCursor {
  private readonly stack: Item[] = [];
  private readonly memo = new Map<number, Value>();
  private readonly depths = new Map<object, number>();
  private steps = 0;
  private objects = 0;
  private used = 0;
  private marks = 0;

  run(): Value {
    for (;;) {
      if (this.position >= this.bytes.length) throw fault('it is cut off');
      if (this.stack.length > this.limits.stack) throw fault(`its stack grows beyond ${this.limits.stack} values`);
      if (++this.steps > this.limits.steps) throw fault(`it has more than ${this.limits.steps} instructions`);
      const opcode = this.bytes[this.position++]!;
      if (opcode === 0x2e) return this.pop();
      this.step(opcode);
    }
  }

  private step(opcode: number): void {
    if (!this.stepConstant(opcode) && !this.stepContainer(opcode) && !this.stepObject(opcode)) {
      const shown = opcode > 0x20 && opcode < 0x7f ? `'${String.fromCharCode(opcode)}'` : `0x${opcode.toString(16).padStart(2, '0')}`;
      throw fault(`it has the opcode ${shown} at byte ${this.position - 1}, which no model needs`);
    }
  }

  private stepConstant(opcode: number): boolean {
    switch (opcode) {
      case 0x80: return this.protocol();
      case 0x95: return this.take(8) >= 0;
      case 0x4e: return this.push(null);
      case 0x88: return this.push(true);
      case 0x89: return this.push(false);
      case 0x49: return this.push(this.textInteger());
      case 0x4c: return this.push(this.integer(this.line().replace(/L$/, '')));
      case 0x46: return this.push(parseFloatText(this.line()));
      case 0x4a: return this.push(this.view.getInt32(this.take(4), true));
      case 0x4b: return this.push(this.bytes[this.take(1)]!);
      case 0x4d: return this.push(this.view.getUint16(this.take(2), true));
      case 0x8a: return this.push(this.long(this.bytes[this.take(1)]!));
      case 0x8b: return this.push(this.long(this.view.getInt32(this.take(4), true)));
      case 0x47: return this.push(this.view.getFloat64(this.take(8), false));
      case 0x56: return this.pushNew(unescapeText(this.line()));
      case 0x53: return this.pushNew(this.line().replace(/^(['"])(.*)\1$/s, '$2'));
      case 0x54: return this.pushNew(latin1(this.block(this.view.getInt32(this.take(4), true))));
      case 0x55: return this.pushNew(latin1(this.block(this.bytes[this.take(1)]!)));
      case 0x58: return this.pushNew(this.text(this.view.getUint32(this.take(4), true)));
      case 0x8c: return this.pushNew(this.text(this.bytes[this.take(1)]!));
      case 0x8d: return this.pushNew(this.text(this.length8()));
      case 0x42: return this.pushNew(this.block(this.view.getUint32(this.take(4), true)));
      case 0x43: return this.pushNew(this.block(this.bytes[this.take(1)]!));
      case 0x8e:
      case 0x96: return this.pushNew(this.block(this.length8()));
      default: return false;
    }
  }

  private stepContainer(opcode: number): boolean {
    switch (opcode) {
      case 0x28: return this.mark();
      case 0x30: return this.discard();
      case 0x31: return void this.popMark(), true;
      case 0x32: return this.push(this.top());
      case 0x29: return this.pushNew([]);
      case 0x5d: return this.pushNew([]);
      case 0x7d: return this.pushNew(new Map());
      case 0x8f: return this.pushNew(new Set());
      case 0x74:
      case 0x6c: return this.pushParts(this.popMark());
      case 0x85: return this.pushParts([this.pop()]);
      case 0x86: return this.pushParts(this.popMany(2));
      case 0x87: return this.pushParts(this.popMany(3));
      case 0x64: return this.pushNew(new Map()), this.setItems(this.popMarkBelow());
      case 0x91: return this.pushNew(new Set(this.popMark()));
      case 0x61: return this.append([this.pop()]);
      case 0x65: return this.append(this.popMark());
      case 0x73: return this.setItems(this.popMany(2));
      case 0x75: return this.setItems(this.popMark());
      case 0x90: return this.addItems(this.popMark());
      case 0x70: return this.put(Number(this.line()));
      case 0x71: return this.put(this.bytes[this.take(1)]!);
      case 0x72: return this.put(this.view.getUint32(this.take(4), true));
      case 0x94: return this.put(this.memo.size);
      case 0x67: return this.get(Number(this.line()));
      case 0x68: return this.get(this.bytes[this.take(1)]!);
      case 0x6a: return this.get(this.view.getUint32(this.take(4), true));
      default: return false;
    }
  }

  private stepObject(opcode: number): boolean {
    switch (opcode) {
      case 0x63: {
        const module = this.line();
        return this.pushReference(module, this.line());
      }
      case 0x93: {
        const [module, name] = this.popMany(2);
        return this.pushReference(module, name);
      }
      case 0x52:
      case 0x81: {
        const [callee, args] = this.popMany(2);
        return this.make(callee, args);
      }
      case 0x92: {
        const [callee, args, named] = this.popMany(3);
        if (!(named instanceof Map) || named.size > 0) throw fault('it makes an object with named arguments');
        return this.make(callee, args);
      }
      case 0x69: {
        const module = this.line();
        const name = this.line();
        const args = this.popMark();
        roleOf(`${module}.${name}`);
        return this.make({ kind: 'class', name: `${module}.${name}` }, args);
      }
      case 0x6f: {
        const [callee, ...args] = this.popMark();
        return this.make(callee, args);
      }
      case 0x62: {
        const state = this.pop();
        const target = this.top();
        this.count(1);
        this.deepen(target, [state]);
        applyState(target, state);
        return true;
      }
      default: return false;
    }
  }

  private make(callee: Value | undefined, args: Value | undefined): boolean {
    if (!isKind(callee, 'class')) throw fault('it calls something that is no class');
    if (!Array.isArray(args)) throw fault('it makes an object without a tuple of arguments');
    this.charge(args.length + sizeOf(args[0]) + sizeOf(args[1]));
    const made = construct(callee.name, args);
    this.deepen(made, args);
    return this.pushNew(made);
  }

  private pushReference(module: Value | undefined, name: Value | undefined): boolean {
    if (typeof module !== 'string' || typeof name !== 'string') throw fault('it names a class by something that is no text');
    roleOf(`${module}.${name}`);
    return this.pushNew({ kind: 'class', name: `${module}.${name}` });
  }

  private protocol(): boolean {
    const version = this.bytes[this.take(1)]!;
    if (version > 5) throw fault(`its protocol is ${version}; 0 to 5 are known`);
    return true;
  }

  private push(value: Value): boolean {
    this.stack.push(value);
    return true;
  }

  private pushNew(value: Value): boolean {
    this.count(1);
    return this.push(value);
  }

  private count(objects: number): void {
    this.objects += objects;
    if (this.objects > this.limits.objects) throw fault(`it has more than ${this.limits.objects} objects`);
  }

  /** A value that is kept can be used again for two bytes: what objects are made of may not add up to more than the file. */
  private charge(size: number): void {
    this.used += size;
    if (this.used > this.bytes.length + this.limits.objects) throw fault('it makes more and more of the same values');
  }

  private pushParts(parts: Value[]): boolean {
    this.deepen(parts, parts);
    return this.pushNew(parts);
  }

  private mark(): boolean {
    if (++this.marks > this.limits.depth) throw fault(`it nests deeper than ${this.limits.depth}`);
    this.stack.push(MARK);
    return true;
  }

  private pop(): Value {
    const value = this.stack.pop();
    if (value === undefined || value === MARK) throw fault('it takes a value that is not there');
    return value as Value;
  }

  private discard(): boolean {
    const value = this.stack.pop();
    if (value === undefined) throw fault('it takes a value that is not there');
    if (value === MARK) this.marks--;
    return true;
  }

  private top(): Value {
    const value = this.stack.at(-1);
    if (value === undefined || value === MARK) throw fault('it takes a value that is not there');
    return value as Value;
  }

  private popMany(count: number): Value[] {
    const values: Value[] = [];
    for (let i = 0; i < count; i++) values.unshift(this.pop());
    return values;
  }

  private popMark(): Value[] {
    const start = this.stack.lastIndexOf(MARK);
    if (start < 0) throw fault('it closes a group that was not opened');
    this.marks--;
    const values = this.stack.splice(start + 1) as Value[];
    this.stack.pop();
    return values;
  }

  /** The group below a container that was just pushed on top of it. */
  private popMarkBelow(): Value[] {
    const container = this.pop();
    const values = this.popMark();
    this.push(container);
    return values;
  }

  private append(values: Value[]): boolean {
    const list = this.top();
    if (!Array.isArray(list)) throw fault('it appends to something that is no list');
    this.deepen(list, values);
    for (const value of values) list.push(value);
    return true;
  }

  private setItems(values: Value[]): boolean {
    const dict = this.top();
    if (!(dict instanceof Map) || values.length % 2 !== 0) throw fault('it sets items of something that is no dictionary');
    this.count(values.length / 2);
    this.deepen(dict, values);
    for (let i = 0; i < values.length; i += 2) dict.set(values[i]!, values[i + 1]!);
    return true;
  }

  private addItems(values: Value[]): boolean {
    const set = this.top();
    if (!(set instanceof Set)) throw fault('it adds items to something that is no set');
    this.count(values.length);
    this.deepen(set, values);
    for (const value of values) set.add(value);
    return true;
  }

  /** Keeps the depth of a container, one more than its deepest part, within the limit. */
  private deepen(container: Value, parts: readonly Value[]): void {
    if (typeof container !== 'object' || container === null) return;
    let depth = this.depths.get(container) ?? 1;
    for (const part of parts) if (typeof part === 'object' && part !== null) depth = Math.max(depth, 1 + (this.depths.get(part) ?? 0));
    if (depth > this.limits.depth) throw fault(`it nests deeper than ${this.limits.depth}`);
    this.depths.set(container, depth);
  }

  private put(index: number): boolean {
    if (!Number.isInteger(index) || index < 0 || this.memo.size >= this.limits.objects) throw fault('its memo is out of bounds');
    this.memo.set(index, this.top());
    return true;
  }

  private get(index: number): boolean {
    const value = this.memo.get(index);
    if (value === undefined) throw fault(`it refers to value ${index}, which was never kept`);
    return this.push(value);
  }
}
