/** Everything that can go wrong with a call, as one family of errors. */

/** What an error tells. */
export interface ErrorFacts {
  /** HTTP status; 0 where no whole answer came. */
  status: number;
  /** Stable code, such as `INVALID_TWO_FACTOR_CODE`; see the table of errors of the API. */
  code: string;
  /** Text for people, which says what to do next. */
  message: string;
  /** Names the request in the server's log. */
  requestId?: string | undefined;
  /** Seconds to wait before another attempt. */
  retryAfter?: number | undefined;
  /** Of a validation error: a map of field to message. */
  details?: string | Record<string, unknown> | undefined;
}

/** The parent of all errors of a client. Catch a class of it, or look at `status` and `code`. */
export class MudbaseError extends Error {
  /** HTTP status; 0 where no whole answer came. */
  readonly status: number;
  /** Stable code, such as `INVALID_TWO_FACTOR_CODE`. */
  readonly code: string;
  /** Names the request in the server's log. */
  declare readonly requestId?: string;
  /** Seconds to wait before another attempt. */
  declare readonly retryAfter?: number;
  /** Of a validation error: a map of field to message. */
  declare readonly details?: string | Record<string, unknown>;

  constructor(facts: ErrorFacts, options?: ErrorOptions) {
    super(facts.message, options);
    this.status = facts.status;
    this.code = facts.code;
    for (const name of ["requestId", "retryAfter", "details"] as const) {
      if (facts[name] !== undefined) Object.assign(this, { [name]: facts[name] });
    }
  }

  /** The name of the class. */
  override get name(): string {
    return "MudbaseError";
  }
}

/** 400: something that was sent is not right, such as a field (`details` says which), a code or a password. */
export class BadRequestError extends MudbaseError {
  override get name(): string {
    return "BadRequestError";
  }
}

/** 401: nobody is signed in any more, or the credentials of a sign-in are wrong. */
export class AuthenticationError extends MudbaseError {
  override get name(): string {
    return "AuthenticationError";
  }
}

/** 403: known, but not allowed. */
export class PermissionDeniedError extends MudbaseError {
  override get name(): string {
    return "PermissionDeniedError";
  }
}

/** 404: there is nothing there, or nothing that the caller may see. */
export class NotFoundError extends MudbaseError {
  override get name(): string {
    return "NotFoundError";
  }
}

/** 405: the address does not take this verb. */
export class MethodNotAllowedError extends MudbaseError {
  override get name(): string {
    return "MethodNotAllowedError";
  }
}

/** 409: in conflict with what exists, such as an e-mail address that is taken. */
export class ConflictError extends MudbaseError {
  override get name(): string {
    return "ConflictError";
  }
}

/** 413: the body is too large. */
export class PayloadTooLargeError extends MudbaseError {
  override get name(): string {
    return "PayloadTooLargeError";
  }
}

/** 415: the body is of another type than JSON. */
export class UnsupportedMediaTypeError extends MudbaseError {
  override get name(): string {
    return "UnsupportedMediaTypeError";
  }
}

/** 429: too many requests, or too many wrong codes or passwords. `retryAfter` says how long to wait. */
export class RateLimitedError extends MudbaseError {
  override get name(): string {
    return "RateLimitedError";
  }
}

/** 500 and above: a fault of the server or of what stands before it. */
export class ServerError extends MudbaseError {
  override get name(): string {
    return "ServerError";
  }
}

/**
 * 503: the server cannot do this right now. Ask for the state before you repeat a change: the database may have failed as
 * it was carried out.
 */
export class ServiceUnavailableError extends ServerError {
  override get name(): string {
    return "ServiceUnavailableError";
  }
}

/** The answer is none of a Mudguard server: a page of HTML, a redirect. */
export class UnreadableAnswerError extends MudbaseError {
  override get name(): string {
    return "UnreadableAnswerError";
  }
}

/**
 * No whole answer came. With `CONNECTION_FAILED` nothing was sent; with `CONNECTION_LOST` a request that changes
 * something may have been carried out.
 */
export class NetworkError extends MudbaseError {
  override get name(): string {
    return "NetworkError";
  }
}

/** No answer within the time that a call has. A request that changes something may have been carried out. */
export class TimedOutError extends NetworkError {
  override get name(): string {
    return "TimedOutError";
  }
}
