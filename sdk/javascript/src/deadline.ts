/** How long a call may take, all its attempts together. */

import { TimedOutError } from "./errors.js";

const LONGEST_TIMER = 2 ** 31 - 1;

/** The time of one call: ends with a {@link TimedOutError}, or for the reason of the caller's signal. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #end: number;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #outer: AbortSignal | undefined;
  readonly #forward = (): void => this.#controller.abort(this.#outer?.reason);

  constructor(milliseconds: number, outer?: AbortSignal) {
    this.#end = Date.now() + milliseconds;
    this.#outer = outer;
    if (milliseconds <= LONGEST_TIMER) {
      this.#timer = setTimeout(() => this.#controller.abort(timedOut()), milliseconds);
    }
    if (outer?.aborted) this.#forward();
    else outer?.addEventListener("abort", this.#forward);
  }

  /** Aborts when the time is over. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether so many milliseconds are left. */
  allows(milliseconds: number): boolean {
    return Date.now() + milliseconds < this.#end;
  }

  /** `work`, or an error when the time is over first; `work` itself goes on, for others may wait for it too. */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(this.signal.reason);
      if (this.signal.aborted) abort();
      this.signal.addEventListener("abort", abort, { once: true });
      work.then(resolve, reject).finally(() => this.signal.removeEventListener("abort", abort));
    });
  }

  /** Wait, but not beyond the end. */
  sleep(milliseconds: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout>;
    const slept = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    });
    return this.race(slept).finally(() => clearTimeout(timer));
  }

  /** Let go of timer and signal. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener("abort", this.#forward);
  }
}

function timedOut(): TimedOutError {
  return new TimedOutError({
    status: 0,
    code: "TIMEOUT",
    message: "No answer in time. A request that changes something may have been carried out.",
  });
}
