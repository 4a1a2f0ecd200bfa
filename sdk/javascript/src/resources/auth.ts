/** Signing up, in and out. */

import { isRefused } from "../answers.js";
import { holdsTokens } from "../credentials.js";
import type { Call, CallOptions, Http } from "../http.js";
import type { NewTokens, TokenKeeper, Tokens } from "../tokens.js";
import { TwoFactorRequired } from "../two-factor-required.js";
import type {
  Challenge,
  Credentials,
  LocalCredentials,
  LocalRegistration,
  LocalSignIn,
  LocalSignUp,
  OperatorRegistration,
  OperatorSignIn,
  Session,
  SignIn,
} from "../types/accounts.js";

/** Signing up, in and out: `client.auth`. */
export class Auth {
  readonly #http: Http;
  readonly #keeper: TokenKeeper;

  /** @internal */
  constructor(http: Http, keeper: TokenKeeper) {
    this.#http = http;
    this.#keeper = keeper;
  }

  /**
   * Sign up, and be signed in: as a person of a project where `projectId` is given, as an operator with an
   * organisation of their own otherwise. A project may want a verified address first; then there is no token yet.
   */
  register(person: LocalRegistration, options?: CallOptions): Promise<LocalSignUp>;
  register(person: OperatorRegistration, options?: CallOptions): Promise<OperatorSignIn>;
  register(
    person: LocalRegistration | OperatorRegistration,
    options?: CallOptions,
  ): Promise<LocalSignUp | OperatorSignIn> {
    return this.#enter(pathFor(person, "register"), person, {
      ...options,
      accepts: (body) => !body.token || holdsTokens(body),
    });
  }

  /**
   * Sign in: as a person of the project where `projectId` is given, as an operator otherwise. The client keeps the
   * tokens. With a second factor on, it rejects with {@link TwoFactorRequired}, which can be completed.
   */
  login(credentials: LocalCredentials, options?: CallOptions): Promise<LocalSignIn>;
  login(credentials: Credentials, options?: CallOptions): Promise<OperatorSignIn>;
  login(credentials: Credentials | LocalCredentials, options?: CallOptions): Promise<SignIn> {
    return this.#enter(pathFor(credentials, "login"), credentials, {
      ...options,
      refused: (refusal) =>
        refusal.body?.code === "TWO_FACTOR_REQUIRED" && typeof refusal.body.challengeToken === "string"
          ? new TwoFactorRequired(refusal, (challengeToken, token) => this.completeTwoFactor({ challengeToken, token }))
          : undefined,
    });
  }

  /** Finish a sign-in with a code. {@link TwoFactorRequired.complete} does the same with less to carry about. */
  completeTwoFactor(challenge: Challenge, options?: CallOptions): Promise<SignIn> {
    return this.#enter("/api/auth/2fa/challenge", challenge, options);
  }

  /**
   * Get new tokens now. The client does so by itself before they expire, so this is seldom needed: after
   * `verify2fa`, say, to have `aal2` in the token at once. `null` where nobody is signed in.
   */
  async refresh(options?: CallOptions): Promise<Tokens | null> {
    await this.#http.within(options, (deadline) => deadline.race(this.#keeper.refresh()));
    return this.#keeper.held;
  }

  /** Sign out: the session ends at once, everywhere, and the client forgets its tokens even if that fails. */
  async logout(options?: CallOptions): Promise<void> {
    const { session } = this.#keeper;
    try {
      await this.#http.send("POST", "/api/auth/logout", options);
    } catch (error) {
      if (!isRefused(error)) throw error; // 401: it had ended before
    } finally {
      await this.#keeper.drop(session);
    }
  }

  /** Who is signed in. */
  getSession(options?: CallOptions): Promise<Session> {
    return this.#http.send("GET", "/api/auth/session", options);
  }

  /** Send what is answered with tokens, and keep those. */
  async #enter<T extends Partial<NewTokens>>(path: string, body: unknown, call?: Call): Promise<T> {
    const answer = await this.#http.send<T>("POST", path, { accepts: holdsTokens, ...call, body, anonymous: true });
    if (answer.token) await this.#keeper.adopt(answer as NewTokens);
    return answer;
  }
}

function pathFor(person: object, step: string): string {
  return `/api/auth/${"projectId" in person && person.projectId ? "local/" : ""}${step}`;
}
