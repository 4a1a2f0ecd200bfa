/** Tabs of one browser that share a session, by the Web Locks API. Where there is none, each is by itself. */

/** Long enough for what one tab stored to be seen by all; short enough not to hinder the back-forward cache. */
const MARKED_MS = 10_000;

/** The tabs that share the store of a session. */
export class Tabs {
  readonly #name: string;
  readonly #locks: LockManager | undefined;

  constructor(name: string, shared: boolean) {
    this.#name = name;
    this.#locks = shared ? globalThis.navigator?.locks : undefined;
  }

  /** Do `work` while no other tab does. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.#locks ? (this.#locks.request(this.#name, work) as Promise<T>) : work();
  }

  /**
   * Let the other tabs know that the refresh token of a pair is spent; `id` is the `jti` of its access token. The store
   * cannot tell them reliably: browsers let `localStorage` lag behind between processes, and a tab that presents a spent
   * token ends the session for all. Locks do not lag, so the mark is one.
   */
  async markSpent(id: string | undefined): Promise<void> {
    const locks = this.#locks;
    if (!locks || !id) return;
    await new Promise<void>((marked) => {
      void locks.request(this.#markOf(id), { mode: "shared" }, () => {
        marked();
        return new Promise<void>((release) => {
          const timer: unknown = setTimeout(release, MARKED_MS);
          (timer as { unref?(): void }).unref?.(); // Node would wait for it to the end
        });
      });
    });
  }

  /** Whether another tab has spent that refresh token a moment ago. */
  async isSpent(id: string | undefined): Promise<boolean> {
    const all = await this.#locks?.query();
    return all?.held?.some(({ name }) => name === this.#markOf(id)) ?? false;
  }

  #markOf(id: string | undefined): string {
    return `${this.#name} ${id}`;
  }
}
