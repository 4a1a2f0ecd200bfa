/** What may be sent again, and when. */

import { type MudbaseError, NetworkError, TimedOutError } from "./errors.js";

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4000;
const PASSING = new Set([429, 502, 503, 504]);

/**
 * Milliseconds to wait before `attempt` (from 0) is made anew; nothing if it must not be.
 *
 * Only reads, and requests that never reached a server: a setup, a verification or a challenge whose answer was lost
 * may have been carried out, and a second one would spend another code, or throw away what the first one made.
 */
export function pauseBeforeRetry(error: MudbaseError, method: string, attempt: number): number | undefined {
  const neverSent = error instanceof NetworkError && error.code === "CONNECTION_FAILED";
  const passing = error instanceof NetworkError ? !(error instanceof TimedOutError) : PASSING.has(error.status);
  if (!neverSent && !(method === "GET" && passing)) return undefined;
  if (error.retryAfter !== undefined) return error.retryAfter * 1000;
  const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
  return most / 2 + (Math.random() * most) / 2;
}
