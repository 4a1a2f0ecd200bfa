/** The global fetch, with an account of the paths that it was sent to. */

export class CountingFetch {
  readonly paths: string[] = [];

  readonly fetch: typeof globalThis.fetch = (input, init) => {
    this.paths.push(new URL(String(input)).pathname);
    return globalThis.fetch(input, init);
  };

  /** How many requests went to `path`. */
  to(path: string): number {
    return this.paths.filter((sent) => sent === path).length;
  }
}
