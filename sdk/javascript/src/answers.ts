/** An answer that refuses, turned into the error that it is. */

import {
  AuthenticationError,
  BadRequestError,
  ConflictError,
  type ErrorFacts,
  MethodNotAllowedError,
  MudbaseError,
  NotFoundError,
  PayloadTooLargeError,
  PermissionDeniedError,
  RateLimitedError,
  ServerError,
  ServiceUnavailableError,
  UnreadableAnswerError,
  UnsupportedMediaTypeError,
} from "./errors.js";

/** An answer that refuses, on its way to becoming an error. */
export interface Refusal {
  /** HTTP status. */
  status: number;
  /** The body, if it was a JSON object. */
  body: Record<string, unknown> | undefined;
  /** Its headers. */
  headers: Headers;
}

const CLASSES: Record<number, typeof MudbaseError> = {
  400: BadRequestError,
  401: AuthenticationError,
  403: PermissionDeniedError,
  404: NotFoundError,
  405: MethodNotAllowedError,
  409: ConflictError,
  413: PayloadTooLargeError,
  415: UnsupportedMediaTypeError,
  429: RateLimitedError,
  503: ServiceUnavailableError,
};

/** Whether the server itself refused a credential, and not a gateway before it. */
export function isRefused(error: unknown): boolean {
  return error instanceof AuthenticationError && error.code !== "UNREADABLE_ANSWER";
}

/** What an error tells of a refusal. */
export function factsOf({ status, body, headers }: Refusal): ErrorFacts {
  const known = typeof body?.error === "string";
  return {
    status,
    code: known ? String(body.code ?? "UNKNOWN") : "UNREADABLE_ANSWER",
    message: known
      ? String(body.error)
      : `The answer (status ${status}) is not the JSON of a Mudguard server. Check the address, and what stands between.`,
    requestId: typeof body?.requestId === "string" ? body.requestId : (headers.get("X-Request-Id") ?? undefined),
    retryAfter: secondsIn(body?.retryAfter) ?? secondsIn(secondsUntil(headers.get("Retry-After") ?? "")),
    details: body?.details as ErrorFacts["details"],
  };
}

/** The error of a refusal. */
export function errorFrom(refusal: Refusal): MudbaseError {
  const { status } = refusal;
  const fallback = status >= 500 ? ServerError : status < 400 ? UnreadableAnswerError : MudbaseError;
  return new (CLASSES[status] ?? fallback)(factsOf(refusal));
}

/** Seconds that an answer names, if it does, and 0 for a time that is over. */
export function secondsIn(value: unknown): number | undefined {
  return Number.isFinite(value) ? Math.max(0, value as number) : undefined;
}

/** What `Retry-After` says, in seconds or as a date (RFC 9110, section 10.2.3). */
function secondsUntil(header: string): unknown {
  if (/^\d+$/.test(header)) return Number(header);
  return /^[A-Z].+ GMT$/.test(header) && Math.ceil((Date.parse(header) - Date.now()) / 1000);
}
