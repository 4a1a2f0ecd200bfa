/** Requests out, answers or errors in. */

import { errorFrom, type Refusal } from "./answers.js";
import { credential } from "./credentials.js";
import { Deadline } from "./deadline.js";
import { AuthenticationError, type MudbaseError, NetworkError } from "./errors.js";
import { bodySentOnce, neverConnected, tellable, userAgent } from "./platform.js";
import { pauseBeforeRetry } from "./retry.js";
import type { TokenKeeper } from "./tokens.js";

/** What can be set for a single call. */
export interface CallOptions {
  /** Ends the call early; it then rejects with the reason of the signal. */
  signal?: AbortSignal;
  /** Milliseconds for this call, with its retries and a refresh. */
  timeout?: number;
}

/** What a request is made of. */
export interface Call extends CallOptions {
  body?: unknown;
  query?: object | undefined;
  /** No credential goes along: sign-in and its like. */
  anonymous?: boolean;
  /** Whether a success holds what it must. */
  accepts?: (body: Record<string, unknown>) => boolean;
  /** An error of a more telling kind, where a refusal is one. */
  refused?: (refusal: Refusal) => MudbaseError | undefined;
}

/** How a client talks to its server. */
export interface Wire {
  baseUrl: string;
  fetch: typeof globalThis.fetch;
  timeout: number;
  retries: number;
}

/** Sends calls: with the token, within their time, again where that is safe. */
export class Http {
  readonly #wire: Wire;
  readonly #keeper: TokenKeeper;
  #apiKey: string | null = null;

  constructor(wire: Wire, keeper: TokenKeeper) {
    this.#wire = wire;
    this.#keeper = keeper;
  }

  setApiKey(apiKey: string | null): void {
    this.#apiKey = apiKey === null ? null : credential(apiKey);
  }

  send<T>(method: string, path: string, call: Call = {}): Promise<T> {
    return this.within(call, (deadline) => this.#persist(method, path, call, deadline)) as Promise<T>;
  }

  /** Do `work` within the time of a call. */
  async within<T>(call: CallOptions = {}, work: (deadline: Deadline) => Promise<T>): Promise<T> {
    const deadline = new Deadline(call.timeout ?? this.#wire.timeout, call.signal);
    try {
      return await work(deadline);
    } finally {
      deadline.stop();
    }
  }

  async #persist(method: string, path: string, call: Call, deadline: Deadline): Promise<unknown> {
    const { session } = this.#keeper;
    const headers: Record<string, string> = { Accept: "application/json", ...userAgent() };
    if (this.#apiKey && !call.anonymous) headers["X-API-Key"] = this.#apiKey;
    let text: string | undefined;
    if (call.body !== undefined) {
      headers["Content-Type"] = "application/json";
      text = JSON.stringify(call.body);
    }
    let token = call.anonymous
      ? undefined
      : await deadline.race(this.#keeper.token(session, call.timeout ?? this.#wire.timeout));
    let renewed = false;
    for (let attempt = 0; ; ) {
      if (token) headers.Authorization = `Bearer ${token}`;
      const { signal } = deadline;
      try {
        const init: RequestInit = { method, headers, signal, redirect: "manual", ...bodySentOnce(method, text) };
        return await deadline.race(this.#attempt(path, call, init));
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (error instanceof AuthenticationError && token && !renewed) {
          renewed = true;
          token = await deadline.race(this.#keeper.tokenInsteadOf(token, session));
          if (!token) throw error;
          continue;
        }
        const pause = pauseBeforeRetry(error as MudbaseError, method, attempt);
        if (pause === undefined || attempt++ >= this.#wire.retries || !deadline.allows(pause)) throw error;
        await deadline.sleep(pause);
      }
    }
  }

  async #attempt(path: string, call: Call, init: RequestInit): Promise<unknown> {
    let response: Response;
    let text: string;
    try {
      response = await this.#wire.fetch(this.#wire.baseUrl + path + queryString(call.query), init);
      text = await response.text();
    } catch (failure) {
      throw unanswered(failure);
    }
    const { ok, status, headers } = response;
    const body = objectIn(text);
    if (ok && body && call.accepts?.(body) !== false) return body;
    const refusal = { status, headers, body: ok ? undefined : body };
    throw call.refused?.(refusal) ?? errorFrom(refusal);
  }
}

function unanswered(failure: unknown): NetworkError {
  const [code, message] = neverConnected(failure)
    ? ["CONNECTION_FAILED", "There is no connection to the server. Is it running, and is the address right?"]
    : [
        "CONNECTION_LOST",
        "The connection broke before the answer was whole. A request that changes something may have been carried out.",
      ];
  return new NetworkError({ status: 0, code, message }, { cause: tellable(failure) });
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text);
    return Object(value) === value && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function queryString(query: object = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

/** An id as a part of a path. An empty one, or dots, would name another address than was meant. */
export function segment(id: string): string {
  if (!id || /^\.+$/.test(id)) throw new TypeError("An id is missing.");
  return encodeURIComponent(id);
}
