/** The tokens of a session: kept, refreshed in time, and never refreshed twice. */

import { isRefused } from "./answers.js";
import { claimsIn, credential } from "./credentials.js";
import { Deadline } from "./deadline.js";
import { Tabs } from "./tabs.js";

const LEEWAY_MS = 30_000;
const PATIENCE_MS = 5_000;
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
  readonly #known = new Set<string | undefined>([undefined]);
  #session = 0;
  #held: Tokens | null = null;
  #refreshAt = 0;
  #restored: Promise<void> | undefined;
  #refreshing: Promise<void> | undefined;
  #isUntold = false;
  #isTelling = false;

  constructor(lockName: string, hooks: TokenHooks, exchange: (refreshToken: string) => Promise<NewTokens>) {
    this.#tabs = new Tabs(lockName, Boolean(hooks.loadTokens));
    this.#hooks = hooks;
    this.#exchange = exchange;
  }

  /** A copy of what is held now. */
  get held(): Tokens | null {
    return this.#held && { ...this.#held };
  }

  /** Another number after each sign-in and sign-out. What was asked for in one session is not done in the next. */
  get session(): number {
    return this.#session;
  }

  /** Hold other tokens, or none. The application chose them, so its hook is not called. */
  hold(tokens: Tokens | null): void {
    this.#take(tokens && checked(tokens));
    this.#session++;
  }

  /** Hold the tokens of a sign-in, and tell the hook. */
  adopt(answer: NewTokens): Promise<void> {
    this.#session++;
    this.#renew(answer);
    return this.#tell();
  }

  /** Hold none any more, and tell the hook; unless that session is over already. */
  async drop(session: number): Promise<void> {
    if (session !== this.#session || !this.#held) return;
    this.#forget();
    await this.#tell();
  }

  /** An access token for a call of that session, which will live for a while. It is waited for so many milliseconds. */
  async token(session: number, timeout: number): Promise<string | undefined> {
    const before = this.#held;
    await this.#restore();
    if (session !== this.#session) return before?.token;
    const held = this.#held;
    if (!held || !this.#isDue()) return held?.token;
    const end = held.expiresAt ?? 0;
    const patience = new Deadline(Date.now() < end ? Math.min(PATIENCE_MS, timeout / 2) : timeout);
    try {
      await patience.race(this.refresh());
    } catch (error) {
      if (held !== this.#held || Date.now() >= end) throw error;
      this.#refreshAt = Math.min(end, Date.now() + PAUSE_AFTER_FAILURE_MS);
    } finally {
      patience.stop();
    }
    return (session === this.#session ? this.#held : held)?.token;
  }

  /** Another access token of that session than `refused`, if there is any: one that came meanwhile, or a fresh one. */
  async tokenInsteadOf(refused: string, session: number): Promise<string | undefined> {
    if (session === this.#session && this.#held?.token === refused) await this.refresh();
    return session === this.#session && this.#held?.token !== refused ? this.#held?.token : undefined;
  }

  /** Refresh now, if there is anything to refresh with. All who ask meanwhile share the one refresh. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#tabs
      .exclusively(() => this.#refreshOnce())
      .finally(() => {
        this.#refreshing = undefined;
      });
    return this.#refreshing.finally(() => this.#tell());
  }

  async #refreshOnce(): Promise<void> {
    await this.#restore();
    if (await this.#takeOver()) return;
    const held = this.#held;
    if (!held?.refreshToken) return;
    const { jti } = claimsIn(held.token);
    if ((await this.#tabs.isSpent(jti)) && (await this.#awaitStore())) return;
    try {
      const fresh = await this.#exchange(held.refreshToken);
      await this.#tabs.markSpent(jti);
      // Signed out or in again meanwhile: what was asked for before no longer counts.
      if (this.#held === held) this.#renew(fresh);
    } catch (error) {
      if (!isRefused(error) || this.#held !== held) throw error;
      if (await this.#takeOver()) return;
      if (this.#held === held) this.#forget();
      throw error;
    }
  }

  #isDue(): boolean {
    return Boolean(this.#held?.refreshToken) && Date.now() >= this.#refreshAt;
  }

  #take(tokens: Tokens | null, leewayMs = LEEWAY_MS): void {
    this.#held = tokens;
    this.#known.add(tokens?.refreshToken);
    this.#refreshAt = Number(tokens?.expiresAt) - leewayMs; // never where that is unknown
    this.#isUntold = false;
  }

  #renew({ token, refreshToken, expiresIn }: NewTokens): void {
    const expiresAt = Date.now() + expiresIn * 1000;
    this.#take({ token, refreshToken, expiresAt }, Math.min(LEEWAY_MS, expiresIn * 500));
    this.#isUntold = true;
  }

  #forget(): void {
    this.hold(null);
    this.#isUntold = true;
  }

  /** Tell the hook what is held; if it is at work, afterwards, for it must not end with what is over. */
  async #tell(): Promise<void> {
    if (this.#isTelling || !this.#isUntold) return;
    this.#isTelling = true;
    this.#isUntold = false;
    try {
      await this.#hooks.onTokens?.(this.held);
    } finally {
      this.#isTelling = false;
      await this.#tell();
    }
  }

  /** Begin with the tokens that the application kept, unless it has set others or signed in. */
  #restore(): Promise<void> | undefined {
    if (this.#session) return undefined;
    this.#restored ??= this.#load().then(
      (kept) => {
        if (!this.#session) this.#take(kept);
      },
      (error) => {
        this.#restored = undefined;
        throw error;
      },
    );
    return this.#restored;
  }

  async #load(): Promise<Tokens | null> {
    const kept = await this.#hooks.loadTokens?.();
    return kept ? checked(kept) : null;
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
    const kept = await this.#load();
    // Those held before were spent already; to present them again would end the session.
    if (!kept || !before || this.#held !== before || this.#known.has(kept.refreshToken)) return false;
    const [old, fresh] = [claimsIn(before.token), claimsIn(kept.token)];
    if ((fresh.iat ?? 0) < (old.iat ?? 0)) return false; // by the server's clock: the store lags behind
    this.#take(kept);
    const id = old.sid ?? old.sub;
    if (!id || id !== (fresh.sid ?? fresh.sub)) this.#session++;
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
