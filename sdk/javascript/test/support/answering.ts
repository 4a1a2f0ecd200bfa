/** A fetch that answers by a function instead of a server, for what depends on the order of things. */

/** What was asked: `METHOD path bearer`, with `-` where no bearer went along. */
export interface Asked {
  path: string;
  bearer: string | undefined;
  signal: AbortSignal | undefined;
}

export class AnsweringFetch {
  readonly asked: string[] = [];
  readonly #answer: (asked: Asked) => Response | Promise<Response>;

  constructor(answer: (asked: Asked) => Response | Promise<Response>) {
    this.#answer = answer;
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const path = new URL(String(input)).pathname;
    const bearer = new Headers(init?.headers).get("Authorization")?.replace("Bearer ", "");
    this.asked.push(`${init?.method} ${path} ${bearer ?? "-"}`);
    return this.#answer({ path, bearer, signal: init?.signal ?? undefined });
  };
}

export const REFRESH = "/api/auth/refresh";
export const LOGIN = "/api/auth/login";
export const LOGOUT = "/api/auth/logout";

export function refusal(code: string): Response {
  return Response.json({ error: "No.", code }, { status: 401 });
}

/** An answer with the pair `name` and `r-name`. */
export function pair(token: string, refreshToken = `r-${token}`): Response {
  return Response.json({ message: "Done.", token, refreshToken, expiresIn: 1800, user: {} });
}

/** An access token of that session, as far as a client looks into it. */
export function jwt(claims: { sid?: string; sub?: string; iat?: number; exp?: number }): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`;
}

/** A promise, and what settles it. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
