/** The tokens of a session: kept, refreshed in time, and never refreshed twice. */

import { claimsIn, credential } from "./credentials.js";
import { AuthenticationError } from "./errors.js";
import { Tabs } from "./tabs.js";

const LEEWAY_MS = 30_000;
const PAUSE_AFTER_FAILURE_MS = 5_000;
const STORE_LAG_MS = 5_000;
const STORE_GLANCE_MS = 25;

/** What a session is made of. Whoever has it is signed in: keep it as you would keep a password. */
export interface Tokens {
  /** The access token, a JWT. */
  token: string;
  /** Gets a new pair, once. */
  refreshToken?: string | undefined;
  /** When the access token ends, in milliseconds since 1970. Read from the token if left out. */
  expiresAt?: number | undefined;
}

/** An answer of the server that holds a new pair. */
export interface NewTokens {
  token: string;
  refreshToken: string;
  expiresIn: number;
}

/** How an application keeps tokens beyond the life of a client. */
export interface TokenHooks {
  onTokens?: ((tokens: Tokens | null) => unknown) | undefined;
  loadTokens?: (() => Tokens | null | undefined | Promise<Tokens | null | undefined>) | undefined;
}

/** Keeps the tokens of one client. */
export class TokenKeeper {
  readonly #hooks: TokenHooks;
  readonly #tabs: Tabs;
  readonly #exchange: (refreshToken: string) => Promise<NewTokens>;
  #held: Tokens | null = null;
  #refreshAt = Number.POSITIVE_INFINITY;
  #restored: Promise<void> | undefined;
  #refreshing: Promise<string | undefined> | undefined;

  constructor(lockName: string, hooks: TokenHooks, exchange: (refreshToken: string) => Promise<NewTokens>) {
    this.#tabs = new Tabs(lockName, Boolean(hooks.loadTokens));
    this.#hooks = hooks;
    this.#exchange = exchange;
  }

  /** What is held now. */
  get held(): Tokens | null {
    return this.#held;
  }

  /** Hold other tokens, or none. The application chose them, so its hook is not called. */
  hold(tokens: Tokens | null, lifetimeMs = Number.POSITIVE_INFINITY): void {
    this.#held = tokens && checked(tokens);
    this.#restored = Promise.resolve();
    this.#refreshAt = (this.#held?.expiresAt ?? Number.POSITIVE_INFINITY) - Math.min(LEEWAY_MS, lifetimeMs / 2);
  }

  /** Hold the tokens of an answer, and tell the hook. */
  async adopt({ token, refreshToken, expiresIn }: NewTokens): Promise<void> {
    this.hold({ token, refreshToken, expiresAt: Date.now() + expiresIn * 1000 }, expiresIn * 1000);
    await this.#hooks.onTokens?.(this.#held && { ...this.#held });
  }

  /** Hold none any more, and tell the hook. */
  async drop(): Promise<void> {
    this.hold(null);
    await this.#hooks.onTokens?.(null);
  }

  /** An access token that will live for a while. */
  async token(): Promise<string | undefined> {
    await this.#restore();
    const held = this.#held;
    if (!this.#isDue()) return held?.token;
    try {
      return await this.refresh();
    } catch (error) {
      if (held !== this.#held || !held?.expiresAt || Date.now() >= held.expiresAt) throw error;
      this.#refreshAt = Math.min(held.expiresAt, Date.now() + PAUSE_AFTER_FAILURE_MS);
      return held.token;
    }
  }

  /** Another access token than `refused`: one that came meanwhile, or a fresh one. */
  async tokenInsteadOf(refused: string): Promise<string | undefined> {
    if (this.#held?.token !== refused) return this.#held?.token;
    return this.#held.refreshToken ? this.refresh() : undefined;
  }

  /** Refresh now. All who ask meanwhile get what the one refresh brings. */
  refresh(): Promise<string | undefined> {
    this.#refreshing ??= this.#tabs
      .exclusively(() => this.#refreshOnce())
      .finally(() => {
        this.#refreshing = undefined;
      });
    return this.#refreshing;
  }

  async #refreshOnce(): Promise<string | undefined> {
    await this.#restore();
    if (await this.#takeOver()) return this.#held?.token;
    const held = this.#held;
    if (!held?.refreshToken) return held?.token;
    if ((await this.#tabs.isSpent(held.refreshToken)) && (await this.#awaitStore())) return this.#held?.token;
    try {
      const fresh = await this.#exchange(held.refreshToken);
      await this.#tabs.markSpent(held.refreshToken);
      // Signed out or in again meanwhile: what was asked for before no longer counts.
      if (this.#held === held) await this.adopt(fresh);
    } catch (error) {
      if (!(error instanceof AuthenticationError) || this.#held !== held) throw error;
      if (await this.#takeOver()) return this.#held?.token;
      await this.drop();
      throw error;
    }
    return this.#held?.token;
  }

  #isDue(): boolean {
    return Boolean(this.#held?.refreshToken) && Date.now() >= this.#refreshAt;
  }

  /** Begin with the tokens that the application kept. */
  #restore(): Promise<void> {
    this.#restored ??= (async () => {
      const kept = await this.#hooks.loadTokens?.();
      if (kept && !this.#held) this.hold(kept);
    })();
    return this.#restored;
  }

  /** Wait until the tokens that another tab has got can be seen here: whether they can. */
  async #awaitStore(): Promise<boolean> {
    for (const end = Date.now() + STORE_LAG_MS; Date.now() < end; ) {
      if (await this.#takeOver()) return true;
      await new Promise((resolve) => setTimeout(resolve, STORE_GLANCE_MS));
    }
    return false;
  }

  /** Take tokens over that another tab has stored: whether there were newer ones, good for now. */
  async #takeOver(): Promise<boolean> {
    const before = this.#held;
    const kept = await this.#hooks.loadTokens?.();
    if (!kept || !before || this.#held !== before || kept.refreshToken === before.refreshToken) return false;
    // Older ones were spent already; to present them again would end the session.
    if ((checked(kept).expiresAt ?? 0) <= (before.expiresAt ?? 0)) return false;
    this.hold(kept);
    return !this.#isDue();
  }
}

function checked({ token, refreshToken, expiresAt }: Tokens): Tokens {
  const { exp } = claimsIn(token);
  return {
    token: credential(token),
    refreshToken: refreshToken ? credential(refreshToken) : undefined,
    expiresAt: expiresAt ?? (exp && exp * 1000),
  };
}
