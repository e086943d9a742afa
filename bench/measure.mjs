function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/**
 * Calls `call(client, count)` from several clients, each one after the other, until the seconds are over.
 * A failed call ends the measurement: a fast error is no throughput.
 */
export async function measure({ clients, seconds, call }) {
  const latencies = [];
  const started = performance.now();
  const end = started + seconds * 1000;
  let count = 0;
  const loop = async (client) => {
    while (performance.now() < end) {
      const before = performance.now();
      await call(client, count++);
      latencies.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => loop(client)));
  const elapsed = (performance.now() - started) / 1000;
  const sorted = Float64Array.from(latencies).sort();
  return { perSecond: latencies.length / elapsed, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), calls: latencies.length };
}

/** Runs `task(i)` for 0..total-1 from several clients. */
export async function spread({ clients, total, task }) {
  let next = 0;
  const loop = async () => {
    while (next < total) await task(next++);
  };
  await Promise.all(Array.from({ length: clients }, loop));
}
