/** Signing up, in and out. */

import { isRefused } from "../answers.js";
import type { CallOptions, Http } from "../http.js";
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
  async register(
    person: LocalRegistration | OperatorRegistration,
    options?: CallOptions,
  ): Promise<LocalSignUp | OperatorSignIn> {
    const path = "projectId" in person && person.projectId ? "/api/auth/local/register" : "/api/auth/register";
    const answer = await this.#post<LocalSignUp | OperatorSignIn>(path, person, options);
    if (answer.token) await this.#keeper.adopt(answer as NewTokens);
    return answer;
  }

  /**
   * Sign in: as a person of the project where `projectId` is given, as an operator otherwise. The client keeps the
   * tokens. With a second factor on, it rejects with {@link TwoFactorRequired}, which can be completed.
   */
  login(credentials: LocalCredentials, options?: CallOptions): Promise<LocalSignIn>;
  login(credentials: Credentials, options?: CallOptions): Promise<OperatorSignIn>;
  async login(credentials: Credentials | LocalCredentials, options?: CallOptions): Promise<SignIn> {
    const path = "projectId" in credentials && credentials.projectId ? "/api/auth/local/login" : "/api/auth/login";
    return this.#signedIn(
      this.#http.send<SignIn>("POST", path, {
        ...options,
        body: credentials,
        anonymous: true,
        refused: (refusal) =>
          refusal.body?.code === "TWO_FACTOR_REQUIRED" && typeof refusal.body.challengeToken === "string"
            ? new TwoFactorRequired(refusal, (challengeToken, token) =>
                this.completeTwoFactor({ challengeToken, token }),
              )
            : undefined,
      }),
    );
  }

  /** Finish a sign-in with a code. {@link TwoFactorRequired.complete} does the same with less to carry about. */
  completeTwoFactor(challenge: Challenge, options?: CallOptions): Promise<SignIn> {
    return this.#signedIn(this.#post<SignIn>("/api/auth/2fa/challenge", challenge, options));
  }

  /**
   * Get new tokens now. The client does so by itself before they expire, so this is seldom needed: after
   * `verify2fa`, say, to have `aal2` in the token at once. `null` where nobody is signed in.
   */
  async refresh(): Promise<Tokens | null> {
    await this.#keeper.refresh();
    return this.#keeper.held && { ...this.#keeper.held };
  }

  /** Sign out: the session ends at once, everywhere, and the client forgets its tokens even if that fails. */
  async logout(options?: CallOptions): Promise<void> {
    try {
      await this.#http.send("POST", "/api/auth/logout", options);
    } catch (error) {
      if (!isRefused(error)) throw error; // 401: it had ended before
    } finally {
      if (this.#keeper.held) await this.#keeper.drop();
    }
  }

  /** Who is signed in. */
  getSession(options?: CallOptions): Promise<Session> {
    return this.#http.send("GET", "/api/auth/session", options);
  }

  #post<T>(path: string, body: unknown, options?: CallOptions): Promise<T> {
    return this.#http.send("POST", path, { ...options, body, anonymous: true });
  }

  async #signedIn<T extends SignIn>(pending: Promise<T>): Promise<T> {
    const answer = await pending;
    await this.#keeper.adopt(answer);
    return answer;
  }
}
