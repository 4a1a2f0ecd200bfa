/** Requests out, answers or errors in. */

import { errorFrom, type Refusal } from "./answers.js";
import { credential } from "./credentials.js";
import { Deadline } from "./deadline.js";
import { AuthenticationError, MudbaseError, NetworkError } from "./errors.js";
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

  async send<T>(method: string, path: string, call: Call = {}): Promise<T> {
    const deadline = new Deadline(call.timeout ?? this.#wire.timeout, call.signal);
    try {
      return (await this.#persist(method, path, call, deadline)) as T;
    } finally {
      deadline.stop();
    }
  }

  async #persist(method: string, path: string, call: Call, deadline: Deadline): Promise<unknown> {
    let token = call.anonymous ? undefined : await deadline.race(this.#keeper.token());
    let renewed = false;
    for (let attempt = 0; ; ) {
      try {
        return await this.#attempt(method, path, call, token, deadline.signal);
      } catch (error) {
        if (deadline.signal.aborted) throw deadline.signal.reason;
        if (!(error instanceof MudbaseError)) throw error;
        if (error instanceof AuthenticationError && token && !renewed) {
          renewed = true;
          const newer = await deadline.race(this.#keeper.tokenInsteadOf(token));
          if (!newer || newer === token) throw error;
          token = newer;
          continue;
        }
        const pause = pauseBeforeRetry(error, method, attempt);
        if (pause === undefined || attempt++ >= this.#wire.retries || !deadline.allows(pause)) throw error;
        await deadline.sleep(pause);
      }
    }
  }

  async #attempt(
    method: string,
    path: string,
    call: Call,
    token: string | undefined,
    signal: AbortSignal,
  ): Promise<unknown> {
    const headers: Record<string, string> = { Accept: "application/json", ...userAgent() };
    if (token) headers.Authorization = `Bearer ${token}`;
    if (this.#apiKey && !call.anonymous) headers["X-API-Key"] = this.#apiKey;
    let sent: string | undefined;
    if (call.body !== undefined) {
      headers["Content-Type"] = "application/json";
      sent = JSON.stringify(call.body);
    }
    const init: RequestInit = { method, headers, signal, redirect: "manual", ...bodySentOnce(method, sent) };
    let response: Response;
    let text: string;
    try {
      response = await this.#wire.fetch(this.#wire.baseUrl + path + queryString(call.query), init);
      text = await response.text();
    } catch (failure) {
      throw unanswered(failure);
    }
    const body = objectIn(text);
    if (response.ok && body) return body;
    const refusal = { status: response.status, body, headers: response.headers };
    if (response.ok) throw errorFrom({ ...refusal, body: undefined });
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
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function queryString(query: object = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : "";
}

/** An id as a part of a path. An empty one, or dots, would name another address than was meant. */
export function segment(id: string): string {
  if (!id || /^\.+$/.test(id)) throw new TypeError("An id is missing.");
  return encodeURIComponent(id);
}
