/** What a reader may take from a file before it refuses it. Memory stays in proportion to the file's size. */
export interface Limits {
  /** Bytes of the file, and of a zip file's content after unpacking. */
  bytes: number;
  /** How deep containers may lie in each other. */
  depth: number;
  /** Containers and records. */
  objects: number;
  /** Values that wait on the stack. */
  stack: number;
  /** Instructions of a pickle. */
  steps: number;
  /** Bytes of one text. */
  text: number;
}

export const DEFAULT_LIMITS: Limits = { bytes: 1024 * 1024 * 1024, depth: 200, objects: 20_000_000, stack: 1_000_000, steps: 200_000_000, text: 16 * 1024 * 1024 };
