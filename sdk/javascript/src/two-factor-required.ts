/** The half of a sign-in that still lacks the second factor. */

import { factsOf, type Refusal, secondsIn } from "./answers.js";
import { PermissionDeniedError } from "./errors.js";
import type { SignIn } from "./types/accounts.js";

/**
 * The password was right, and the account has a second factor: ask for a code, and pass it to {@link complete}.
 *
 * ```ts
 * try {
 *   await client.auth.login({ email, password });
 * } catch (error) {
 *   if (!(error instanceof TwoFactorRequired)) throw error;
 *   await error.complete(await askForCode());
 * }
 * ```
 */
export class TwoFactorRequired extends PermissionDeniedError {
  /** How it can be completed: `totp`, `backup_code`. */
  readonly methods: readonly string[];
  /** When the challenge ends; sign in anew after that. */
  readonly expiresAt: Date;
  readonly #challengeToken: string;
  readonly #complete: (challengeToken: string, code: string) => Promise<SignIn>;

  /** @internal */
  constructor(refusal: Refusal, complete: (challengeToken: string, code: string) => Promise<SignIn>) {
    super(factsOf(refusal));
    const { methods, expiresIn, challengeToken } = refusal.body as Record<string, unknown>;
    this.methods = Array.isArray(methods) ? methods.map(String) : [];
    this.expiresAt = new Date(Date.now() + (secondsIn(expiresIn) ?? 0) * 1000);
    this.#challengeToken = challengeToken as string;
    this.#complete = complete;
  }

  override get name(): string {
    return "TwoFactorRequired";
  }

  /** Names the half-finished sign-in. It opens nothing without a code, but keep it out of logs all the same. */
  get challengeToken(): string {
    return this.#challengeToken;
  }

  /**
   * Finish the sign-in with a code of the authenticator app, or a backup code. A wrong code is an
   * {@link AuthenticationError} with `INVALID_TWO_FACTOR_CODE`; the same challenge can be tried again.
   */
  complete(code: string): Promise<SignIn> {
    return this.#complete(this.#challengeToken, code);
  }
}
