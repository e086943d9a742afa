import { LRUCache } from 'lru-cache';
import { UnservableModel } from '../../errors.js';
import type { LoadedModel } from './loaded-model.js';

export interface ModelCacheLimits {
  /** How many models stay loaded. */
  maxModels: number;
  /** How many bytes of models stay loaded. */
  maxBytes: number;
  /** For how long a model that cannot be served is not tried again. */
  retryAfterMs: number;
}

/** Loaded models by key, the least recently used leaving first. */
export interface ModelCache {
  /** Runs `work` with the model of `key`, which `load` brings where it is not there; concurrent calls load once. */
  use<T>(key: string, load: () => Promise<LoadedModel>, work: (model: LoadedModel) => T | Promise<T>): Promise<T>;
  /** Lets go of all models; each closes when its last work is done. */
  close(): Promise<void>;
}

interface Entry {
  model: LoadedModel;
  users: number;
  /** True once it has left the cache. */
  released: boolean;
}

export function createModelCache({ maxModels, maxBytes, retryAfterMs }: ModelCacheLimits): ModelCache {
  const closing = new Set<Promise<void>>();
  const loading = new Map<string, Promise<Entry>>();
  const refusals = new LRUCache<string, Error>({ max: 1000, ttl: retryAfterMs });
  const loaded = new LRUCache<string, Entry>({ max: maxModels, maxSize: maxBytes, sizeCalculation: ({ model }) => Math.max(1, model.bytes), dispose: release });

  function release(entry: Entry): void {
    entry.released = true;
    closeIfUnused(entry);
  }

  function closeIfUnused(entry: Entry): void {
    if (!entry.released || entry.users > 0) return;
    const done = entry.model.close().finally(() => closing.delete(done));
    closing.add(done);
  }

  async function loadEntry(key: string, load: () => Promise<LoadedModel>): Promise<Entry> {
    try {
      return { model: await load(), users: 0, released: false };
    } catch (error) {
      if (error instanceof UnservableModel) refusals.set(key, error);
      throw error;
    } finally {
      loading.delete(key);
    }
  }

  async function loadOnce(key: string, load: () => Promise<LoadedModel>): Promise<Entry> {
    const refusal = refusals.get(key);
    if (refusal) throw refusal;
    const first = !loading.has(key);
    if (first) loading.set(key, loadEntry(key, load));
    const entry = await loading.get(key)!;
    entry.users += 1;
    if (first) {
      loaded.set(key, entry);
      /* A model larger than the whole bound is never kept: it serves those who waited for it, then closes. */
      if (loaded.peek(key) !== entry) entry.released = true;
    }
    return entry;
  }

  async function acquire(key: string, load: () => Promise<LoadedModel>): Promise<Entry> {
    const present = loaded.get(key);
    if (!present) return loadOnce(key, load);
    present.users += 1;
    return present;
  }

  return {
    async use(key, load, work) {
      const entry = await acquire(key, load);
      try {
        return await work(entry.model);
      } finally {
        entry.users -= 1;
        closeIfUnused(entry);
      }
    },
    async close() {
      await Promise.allSettled(loading.values());
      loaded.clear();
      await Promise.allSettled(closing);
    },
  };
}
