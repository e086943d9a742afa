const width = 78;

/** What a step has to say for itself once it is done. */
export interface Outcome<T> {
  value: T;
  /** One more line in plain words, where the step found something worth telling. */
  found?: string;
  /** Where to look at what the step made. */
  url: string;
}

export interface Narrator {
  say(line?: string): void;
  /** Runs a step and prints its words, its time and its URL. */
  step<T>(words: string, work: () => Promise<Outcome<T>>): Promise<T>;
}

/** Tells the demonstration line by line. */
export function createNarrator(write: (line: string) => void): Narrator {
  let number = 0;
  return {
    say: (line = '') => write(line),
    async step(words, work) {
      const started = performance.now();
      const { value, found, url } = await work();
      const time = `${Math.round(performance.now() - started)} ms`;
      number += 1;
      const head = `${String(number).padStart(2)}  ${words}`;
      write(`${head.padEnd(width - time.length)}${time}`);
      if (found) write(`    ${found}`);
      write(`    ${url}`);
      return value;
    },
  };
}
