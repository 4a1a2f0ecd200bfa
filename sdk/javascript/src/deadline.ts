/** How long a call may take, all its attempts together. */

import { TimedOutError } from "./errors.js";

const TOO_LATE = "No answer in time. A request that changes something may have been carried out.";
const LONGEST_TIMER = 2 ** 31 - 1;

/** The time of one call: ends with a {@link TimedOutError}, or for the reason of the caller's signal. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #end: number;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #outer: AbortSignal | undefined;
  readonly #forward = (): void => this.#controller.abort(this.#outer?.reason);

  readonly #over = new Promise<never>((_, reject) => {
    this.signal.addEventListener("abort", () => reject(this.signal.reason));
  });

  constructor(milliseconds: number, outer?: AbortSignal) {
    this.#end = Date.now() + milliseconds;
    this.#over.catch(() => {}); // heard of by those who race with it
    this.#outer = outer;
    this.#timer = setTimeout(
      () => this.#controller.abort(new TimedOutError({ status: 0, code: "TIMEOUT", message: TOO_LATE })),
      Math.min(milliseconds, LONGEST_TIMER),
    );
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
    return Promise.race([this.#over, work]);
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
