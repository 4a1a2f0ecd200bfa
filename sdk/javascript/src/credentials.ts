/** What tokens and keys are made of. */

/** What an access token says of itself, as far as it matters here. */
export interface Claims {
  sid?: string;
  sub?: string;
  jti?: string;
  iat?: number;
  exp?: number;
}

const PRINTABLE = /^[!-~]+$/;

/** A token or key as it may stand in a header. The error does not repeat it, as the runtime's own would. */
export function credential(value: string): string {
  const text = typeof value === "string" ? value.trim() : "";
  if (!PRINTABLE.test(text)) throw new TypeError("A token or key is printable ASCII without spaces.");
  return text;
}

/** Whether a body holds a new pair of tokens. */
export function holdsTokens({ token, refreshToken, expiresIn }: Record<string, unknown>): boolean {
  return (
    [token, refreshToken].every((one) => typeof one === "string" && PRINTABLE.test(one)) && Number.isFinite(expiresIn)
  );
}

/** The claims of a JWT; none if it is none. */
export function claimsIn(token: string): Claims {
  try {
    const payload = token.split(".")[1] ?? "";
    return Object(JSON.parse(atob(payload.replace(/-/g, "+").replace(/_/g, "/"))));
  } catch {
    return {};
  }
}
