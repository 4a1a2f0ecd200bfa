/** What differs between the places that a client runs in. */

import { VERSION } from "./version.js";

const BEFORE_CONNECTED = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "ConnectionRefused", // Bun's names
  "FailedToOpenSocket",
]);

/**
 * Headers that name this client, where they may be set. In a browser the name would make every request to another
 * origin one that the server has to allow by that header, and Chromium does not send it anyway.
 */
export function userAgent(): Record<string, string> {
  const inBrowser = "document" in globalThis || "importScripts" in globalThis;
  return inBrowser ? {} : { "User-Agent": `mudbase-js/${VERSION}` };
}

/**
 * A body, and what keeps a runtime from sending a change again by itself where a kept connection closes before the
 * answer begins: Deno does so whatever the verb, unless the body is a stream; Bun with DELETE, unless it keeps no
 * connection.
 */
export function bodySentOnce(method: string, text: string | undefined): RequestInit {
  if (method === "GET") return {};
  if (!("Deno" in globalThis)) return { body: text, keepalive: false };
  return { body: new Blob([text ?? ""]).stream(), duplex: "half" } as RequestInit;
}

interface Failure {
  name?: string;
  code?: string;
  message?: string;
  cause?: unknown;
}

/** What may be told of a fetch that failed: no text, for it may quote headers and bodies. */
export function tellable(failure: unknown): Failure {
  const { name, code, cause } = Object(failure) as Failure;
  return { name, code: code ?? (Object(cause) as Failure).code };
}

/** Whether `failure` of a fetch says that nothing was sent. A browser does not tell; then it is not so. */
export function neverConnected(failure: unknown): boolean {
  const { code, cause, message } = Object(failure) as Failure;
  if (code !== undefined && BEFORE_CONNECTED.has(code)) return true;
  if (/tcp connect error|dns error/.test(message ?? "")) return true; // Deno's words
  if (failure instanceof AggregateError) return failure.errors.every(neverConnected);
  return cause instanceof Error && neverConnected(cause);
}
