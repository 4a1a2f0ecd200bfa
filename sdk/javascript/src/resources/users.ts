/** The account of the person who is signed in. */

import { type CallOptions, type Http, segment } from "../http.js";
import type { TokenKeeper } from "../tokens.js";
import type {
  Erasure,
  EventsPage,
  EventsQuery,
  ExportedData,
  Message,
  PasswordChange,
  Profile,
  ProfileChange,
  Sessions,
  UpdatedProfile,
} from "../types/accounts.js";
import type {
  BackupCodes,
  TwoFactorDisabling,
  TwoFactorProof,
  TwoFactorSetup,
  TwoFactorStatus,
  TwoFactorVerification,
} from "../types/two-factor.js";

/** The account of the person who is signed in: `client.users`. */
export class Users {
  readonly #http: Http;
  readonly #keeper: TokenKeeper;

  /** @internal */
  constructor(http: Http, keeper: TokenKeeper) {
    this.#http = http;
    this.#keeper = keeper;
  }

  /** The person. */
  get(options?: CallOptions): Promise<Profile> {
    return this.#http.send("GET", "/api/users/me", options);
  }

  /** Change names or avatar; what is left out stays. */
  update(change: ProfileChange, options?: CallOptions): Promise<UpdatedProfile> {
    return this.#http.send("PATCH", "/api/users/update", { ...options, body: change });
  }

  /** Set a new password. The person's other sessions end. */
  changePassword(change: PasswordChange, options?: CallOptions): Promise<Message> {
    return this.#http.send("PATCH", "/api/users/password", { ...options, body: change });
  }

  /** Where the second factor stands. */
  twoFactor(options?: CallOptions): Promise<TwoFactorStatus> {
    return this.#http.send("GET", "/api/users/2fa", options);
  }

  /**
   * Start an enrolment: secret, QR code and backup codes. Nothing about sign-in changes until {@link verify2fa}.
   * A sign-in of over an hour ago needs the `password`; to replace an authenticator that is on, `token` proves it.
   */
  setup2fa(proof?: TwoFactorProof, options?: CallOptions): Promise<TwoFactorSetup> {
    return this.#http.send("POST", "/api/users/2fa/setup", { ...options, body: proof });
  }

  /** Turn the second factor on with the code that the authenticator app shows. The person's other sessions end. */
  verify2fa(verification: TwoFactorVerification, options?: CallOptions): Promise<Message> {
    return this.#http.send("POST", "/api/users/2fa/verify", { ...options, body: verification });
  }

  /** Turn the second factor off. Password and code must both be right; the code may be a backup code. */
  disable2fa(proof: TwoFactorDisabling, options?: CallOptions): Promise<Message> {
    return this.#http.send("POST", "/api/users/2fa/disable", { ...options, body: proof });
  }

  /** A new set of backup codes. The old set is void from that moment. */
  regenerateBackupCodes(verification: TwoFactorVerification, options?: CallOptions): Promise<BackupCodes> {
    return this.#http.send("POST", "/api/users/2fa/backup-codes", { ...options, body: verification });
  }

  /** Where the person is signed in, the newest first. */
  sessions(options?: CallOptions): Promise<Sessions> {
    return this.#http.send("GET", "/api/users/me/sessions", options);
  }

  /** End one of the person's sessions. */
  revokeSession(id: string, options?: CallOptions): Promise<Message> {
    return this.#http.send("DELETE", `/api/users/me/sessions/${segment(id)}`, options);
  }

  /** What happened to the account, the newest first. */
  securityEvents(query?: EventsQuery, options?: CallOptions): Promise<EventsPage> {
    return this.#http.send("GET", "/api/users/me/security-events", { ...options, query });
  }

  /** Everything that is kept about the person (GDPR, article 15). */
  exportData(options?: CallOptions): Promise<ExportedData> {
    return this.#http.send("GET", "/api/users/me/export", options);
  }

  /** Erase the account at once and for good (GDPR, article 17). The client is signed out by it. */
  async erase(erasure: Erasure, options?: CallOptions): Promise<Message> {
    const { session } = this.#keeper;
    const answer = await this.#http.send<Message>("POST", "/api/users/me/erase", { ...options, body: erasure });
    await this.#keeper.drop(session);
    return answer;
  }
}
