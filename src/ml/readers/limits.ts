/**
 * What a reader may take from a file before it refuses it. Time and memory stay in proportion to the file's size; the counts
 * leave room for forests of more than ten thousand trees.
 */
export interface Limits {
  /** Bytes of the file, and of a zip file's content after unpacking. */
  bytes: number;
  /** How many times its size a zip file may unpack to, beyond a first 16 MiB. */
  inflation: number;
  /** How deep containers may lie in each other. */
  depth: number;
  /** Containers, records, texts, blocks of bytes and items of dictionaries. */
  objects: number;
  /** Values that wait on the stack. */
  stack: number;
  /** Instructions of a pickle. */
  steps: number;
  /** Values in the JSON of a skops file. */
  values: number;
  /** Bytes of one text. */
  text: number;
}

export const DEFAULT_LIMITS: Limits = { bytes: 1024 * 1024 * 1024, inflation: 100, depth: 200, objects: 1_000_000, stack: 1_000_000, steps: 20_000_000, values: 5_000_000, text: 16 * 1024 * 1024 };
