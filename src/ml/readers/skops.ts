import { unzipSync } from 'fflate';
import { UnsupportedModelError } from '../errors.js';
import { roleOf, unknownClass } from './globals.js';
import { countJsonValues } from './json-size.js';
import { DEFAULT_LIMITS, type Limits } from './limits.js';
import { makeArray, parseDType } from './ndarray.js';
import { readNpy } from './npy.js';
import type { Value } from './values.js';

/* The format of skops.io: a zip file of schema.json, a tree of nodes, and .npy files that its array nodes name. */
interface Node {
  __class__?: unknown;
  __module__?: unknown;
  __loader__?: unknown;
  __id__?: unknown;
  __reduce__?: { args?: Node };
  content?: unknown;
  type?: unknown;
  file?: unknown;
  shape?: unknown;
  is_json?: unknown;
}

const fault = (what: string) => new UnsupportedModelError(what, `The model file is not a readable skops file: ${what}.`);

/** Reads a skops file. Throws UnsupportedModelError for unknown classes and loaders, damage, and what is beyond the limits. */
export function readSkops(bytes: Uint8Array, limits: Limits = DEFAULT_LIMITS): Value {
  const files = unzip(bytes, limits);
  const schema = files['schema.json'];
  if (!schema) throw fault('it has no schema.json');
  return createNodeReader(files, limits)(parse(schema, limits), 0);
}

/** What any zip file may unpack to, however small it is. */
const FREE_BYTES = 16 * 1024 * 1024;

function unzip(bytes: Uint8Array, limits: Limits): Record<string, Uint8Array> {
  const most = Math.min(limits.bytes, FREE_BYTES + limits.inflation * bytes.length);
  let total = 0;
  let entries = 0;
  try {
    return unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (name !== 'schema.json' && !name.endsWith('.npy')) return false;
        total += originalSize;
        if (total > most || ++entries > limits.objects) throw fault(`it unpacks to more than ${most} bytes or ${limits.objects} files`);
        return true;
      },
    });
  } catch (error) {
    if (error instanceof UnsupportedModelError) throw error;
    throw fault('it is no zip file, or a damaged one');
  }
}

function parse(schema: Uint8Array, limits: Limits): Node {
  if (countJsonValues(schema) > limits.values) throw fault(`its schema.json has more than ${limits.values} values`);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(schema)) as Node;
  } catch {
    throw fault('its schema.json is no JSON, or nests too deep');
  }
}

type ReadNode = (node: unknown, depth: number) => Value;

function createNodeReader(files: Record<string, Uint8Array>, limits: Limits): ReadNode {
  const seen = new Map<unknown, Value>();
  let objects = 0;

  const read: ReadNode = (given, depth) => {
    if (depth > limits.depth) throw fault(`it nests deeper than ${limits.depth}`);
    if (++objects > limits.objects) throw fault(`it has more than ${limits.objects} nodes`);
    if (typeof given !== 'object' || given === null) throw fault('a node is no object');
    const node = given as Node;
    if (node.__loader__ === 'CachedNode') return cached(node);
    const value = readNode(node, depth);
    if (node.__id__ !== undefined && node.__loader__ !== 'JsonNode') seen.set(node.__id__, value);
    return value;
  };
  const cached = (node: Node): Value => {
    const value = seen.get(node.__id__);
    if (value === undefined) throw fault('a node refers to one that is not there');
    return value;
  };
  const list = (content: unknown, depth: number): Value[] => {
    if (!Array.isArray(content)) throw fault('a list node has no list');
    return content.map((item) => read(item, depth + 1));
  };
  const dictionary = (content: unknown, depth: number): Map<Value, Value> => {
    if (typeof content !== 'object' || content === null) throw fault('a dictionary node has no content');
    return new Map(Object.entries(content).map(([key, item]) => [key, read(item, depth + 1)]));
  };
  const array = (node: Node, depth: number): Value => {
    if (node.type === 'numpy') return readNpy(fileOf(files, node.file));
    const items = list((node.content as Node)?.content ?? node.content, depth);
    const shape = read(node.shape, depth + 1);
    return makeArray(parseDType('O'), Array.isArray(shape) ? shape : [items.length], false, items);
  };

  function readNode(node: Node, depth: number): Value {
    switch (node.__loader__) {
      case 'JsonNode': return jsonValue(node.content);
      case 'ListNode':
      case 'TupleNode': return list(node.content, depth);
      case 'SetNode': return new Set(list(node.content, depth));
      case 'DictNode': return dictionary(node.content, depth);
      case 'NdArrayNode': return array(node, depth);
      case 'TypeNode': return { kind: 'class', name: nameOf(node) };
      case 'ObjectNode':
      case 'TreeNode': return object(node, depth);
      case 'RandomStateNode':
      case 'RandomGeneratorNode': return { kind: 'object', className: nameOf(node), args: [] };
      default: throw unknownClass(`${nameOf(node)} (${String(node.__loader__).slice(0, 50)})`);
    }
  }

  function object(node: Node, depth: number): Value {
    const className = nameOf(node);
    if (roleOf(className) !== 'estimator') throw unknownClass(className);
    const args = node.__reduce__?.args ? read(node.__reduce__.args, depth + 1) : [];
    return { kind: 'object', className, args: Array.isArray(args) ? args : [], state: read(node.content, depth + 1) };
  }
  return read;
}

const nameOf = (node: Node): string => `${String(node.__module__)}.${String(node.__class__)}`;

function fileOf(files: Record<string, Uint8Array>, name: unknown): Uint8Array {
  const file = typeof name === 'string' && Object.hasOwn(files, name) ? files[name] : undefined;
  if (!file) throw fault('an array node names a file that is not there');
  return file;
}

/** Numbers that Python writes and JSON has no spelling for. */
const UNSPELLABLE: Readonly<Record<string, number>> = { NaN: NaN, Infinity: Infinity, '-Infinity': -Infinity };

function jsonValue(content: unknown): Value {
  if (typeof content !== 'string') throw fault('a value node has no text');
  if (Object.hasOwn(UNSPELLABLE, content)) return UNSPELLABLE[content]!;
  if (/^\s*[[{]/.test(content)) throw fault('a value node holds a structure');
  try {
    return JSON.parse(content) as Value;
  } catch {
    throw fault('a value node is no JSON');
  }
}
