/** The client. */

import { holdsTokens } from "./credentials.js";
import { Http, type Wire } from "./http.js";
import { ApiKeys } from "./resources/api-keys.js";
import { Auth } from "./resources/auth.js";
import { Projects } from "./resources/projects.js";
import { Users } from "./resources/users.js";
import { type NewTokens, TokenKeeper, type Tokens } from "./tokens.js";
import type { Health } from "./types/projects.js";

/** How a client is set up. Everything may be left out. */
export interface ClientOptions {
  /** Address of the server, with a path if it has one. Default: `http://localhost:5000`. */
  baseUrl?: string;
  /** Another `fetch`. Default: the global one. */
  fetch?: typeof globalThis.fetch;
  /** Milliseconds for a call, with its retries and a refresh. Default: 30000. */
  timeout?: number;
  /** How often a call is sent again, where that is safe: reads, and connections that never opened. Default: 2. */
  retries?: number;
  /**
   * Told of the new tokens after a sign-in and a refresh, and of `null` after a sign-out or a refused refresh. Store
   * them here, if they are to outlive the page. What it returns is awaited. While it is at work it is not called again:
   * it is told of the newest tokens afterwards, and the calls that changed them do not wait for that. If it refreshes, it
   * is told of that, too: let it do so on a condition.
   */
  onTokens?: (tokens: Tokens | null) => unknown;
  /**
   * Gives the tokens that `onTokens` stored. With it a client begins signed in, and tabs that share a store also
   * share their refreshes.
   */
  loadTokens?: () => Tokens | null | undefined | Promise<Tokens | null | undefined>;
}

/**
 * A client for one server and one person, or one project by its API key.
 *
 * ```ts
 * import { MudbaseClient } from "mudbase";
 *
 * const client = new MudbaseClient();
 * client.setJWT(token);
 * const { qrCode } = await client.users.setup2fa();
 * ```
 *
 * Tokens stay in memory and are refreshed before they expire. Failed calls reject with a {@link MudbaseError}.
 */
export class MudbaseClient {
  /** Signing up, in and out. */
  readonly auth: Auth;
  /** The account of the person who is signed in. */
  readonly users: Users;
  /** The projects of an organisation. */
  readonly projects: Projects;
  /** The API keys of an organisation. */
  readonly apiKeys: ApiKeys;
  readonly #http: Http;
  readonly #keeper: TokenKeeper;

  constructor(options: ClientOptions = {}) {
    const wire: Wire = {
      baseUrl: checkedAddress(options.baseUrl ?? "http://localhost:5000"),
      fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
      timeout: options.timeout ?? 30_000,
      retries: options.retries ?? 2,
    };
    this.#keeper = new TokenKeeper(`mudbase ${wire.baseUrl}`, options, (refreshToken) =>
      this.#http.send<NewTokens>("POST", "/api/auth/refresh", {
        body: { refreshToken },
        anonymous: true,
        accepts: holdsTokens,
      }),
    );
    this.#http = new Http(wire, this.#keeper);
    this.auth = new Auth(this.#http, this.#keeper);
    this.users = new Users(this.#http, this.#keeper);
    this.projects = new Projects(this.#http);
    this.apiKeys = new ApiKeys(this.#http);
  }

  /**
   * Act for the person of this access token. Without `refreshToken` the client cannot refresh it; `null` forgets it.
   * The `onTokens` hook is not told, for it was you who set it.
   */
  setJWT(token: string | null, refreshToken?: string): void {
    this.#keeper.hold(token === null ? null : { token, refreshToken });
  }

  /** Go on with tokens that were kept, or with none. */
  setTokens(tokens: Tokens | null): void {
    this.#keeper.hold(tokens);
  }

  /** The tokens that the client has now. They are secrets. Those of `loadTokens` are there after the first call. */
  getTokens(): Tokens | null {
    return this.#keeper.held;
  }

  /** Act for the project of this API key (`mb_live_…`); `null` forgets it. A person's token goes before it. */
  setApiKey(apiKey: string | null): void {
    this.#http.setApiKey(apiKey);
  }

  /** The state of the server. */
  health(): Promise<Health> {
    return this.#http.send("GET", "/health", { anonymous: true });
  }
}

function checkedAddress(baseUrl: string): string {
  const address = baseUrl.replace(/\/+$/, "");
  if (!/^https?:\/\/[^/?#@\s\\]+(\/[^?#\s\\]*)?$/i.test(address) || !isUrl(address)) {
    throw new TypeError("baseUrl must be an address such as https://auth.example.com");
  }
  return address;
}

function isUrl(address: string): boolean {
  try {
    return Boolean(new URL(address));
  } catch {
    return false;
  }
}
