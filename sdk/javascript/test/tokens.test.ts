/** Tokens against a real server: refreshed in time, once, and never twice at once. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AuthenticationError, MudbaseClient, type Tokens } from "../src/index.ts";
import { CountingFetch } from "./support/counting.ts";
import { Mudguard } from "./support/mudguard.ts";
import { newOperator, PASSWORD } from "./support/people.ts";
import { withScripted } from "./support/scripted.ts";

const REFRESH = "/api/auth/refresh";

let server: Mudguard;
let patient: Mudguard;
before(async () => {
  server = await Mudguard.start({ MUDGUARD_ACCESS_TOKEN_SECONDS: "1" });
  patient = await Mudguard.start({ MUDGUARD_ACCESS_TOKEN_SECONDS: "6" });
});
after(() => Promise.all([server.stop(), patient.stop()]));

function expired(seconds = 1): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000 + 100));
}

test("fifty parallel calls over an expired token make one refresh", async () => {
  const [foreseen, refused] = [new CountingFetch(), new CountingFetch()];
  const { client } = await newOperator({ baseUrl: patient.url, fetch: foreseen.fetch });
  const { client: late } = await newOperator({ baseUrl: patient.url, fetch: refused.fetch });
  late.setTokens({ ...(late.getTokens() as Tokens), expiresAt: Date.now() + 3_600_000 }); // a clock an hour off
  await expired(6);
  await Promise.all(Array.from({ length: 50 }, () => client.users.get()));
  await Promise.all(Array.from({ length: 50 }, () => late.users.get()));
  assert.equal(foreseen.to(REFRESH), 1);
  assert.equal(refused.to(REFRESH), 1);
  assert.equal(refused.to("/api/users/me"), 100);
});

test("a session outlives many access tokens", async () => {
  const { client } = await newOperator({ baseUrl: server.url });
  for (let round = 0; round < 3; round++) {
    await expired();
    await client.users.get();
  }
});

test("a token that lives half a second yet is used as it is", async () => {
  const counting = new CountingFetch();
  const { client } = await newOperator({ baseUrl: server.url, fetch: counting.fetch });
  await client.users.get();
  assert.equal(counting.to(REFRESH), 0);
});

test("a setup over an expired token is sent again after the refresh, and counts once", async () => {
  const { client } = await newOperator({ baseUrl: server.url });
  await expired();
  const { token, refreshToken } = client.getTokens() as Tokens;
  client.setTokens({ token, refreshToken, expiresAt: Date.now() + 3_600_000 });
  await client.users.setup2fa();
  assert.equal((await client.users.twoFactor()).pending, true);
});

test("the hook is told of sign-in, refresh and sign-out", async () => {
  const told: (Tokens | null)[] = [];
  const { client } = await newOperator({ baseUrl: server.url, onTokens: (tokens) => told.push(tokens) });
  await client.auth.refresh();
  await client.auth.logout();
  assert.deepEqual(
    told.map((tokens) => typeof tokens?.refreshToken),
    ["string", "string", "undefined"],
  );
  assert.equal(client.getTokens(), null);
});

test("a sign-out over an expired token ends the session at the server", async () => {
  const { client } = await newOperator({ baseUrl: server.url });
  const kept = client.getTokens();
  await expired();
  await client.auth.logout();
  const thief = new MudbaseClient({ baseUrl: server.url });
  thief.setTokens(kept);
  await assert.rejects(thief.users.get(), AuthenticationError);
});

test("a session that was ended elsewhere signs out and tells the hook", async () => {
  const told: (Tokens | null)[] = [];
  const { client, email } = await newOperator({ baseUrl: server.url, onTokens: (tokens) => told.push(tokens) });
  const other = new MudbaseClient({ baseUrl: server.url });
  await other.auth.login({ email, password: PASSWORD });
  const { sessions } = await other.users.sessions();
  await other.users.revokeSession(sessions.find(({ current }) => !current)?._id ?? "");
  await assert.rejects(client.users.get(), AuthenticationError);
  assert.equal(told.at(-1), null);
  assert.equal(client.getTokens(), null);
});

test("a client begins with the tokens that another one stored", async () => {
  let stored: Tokens | null = null;
  const hooks = { onTokens: (tokens: Tokens | null) => (stored = tokens), loadTokens: () => stored };
  const { email } = await newOperator({ baseUrl: server.url, ...hooks });
  await expired();
  const reloaded = new MudbaseClient({ baseUrl: server.url, ...hooks });
  assert.equal((await reloaded.users.get()).user.email, email);
});

test("two clients over one store do not spend each other's refresh token", async () => {
  let stored: Tokens | null = null;
  const hooks = { onTokens: (tokens: Tokens | null) => (stored = tokens), loadTokens: () => stored };
  const { client } = await newOperator({ baseUrl: server.url, ...hooks });
  const other = new MudbaseClient({ baseUrl: server.url, ...hooks });
  await other.users.get();
  for (let round = 0; round < 2; round++) {
    await expired();
    await client.users.get();
    await other.users.get();
  }
});

test("a store that lags behind does not bring a spent refresh token back", async () => {
  let first: Tokens | null = null;
  const { client } = await newOperator({
    baseUrl: server.url,
    onTokens: (tokens) => {
      first ??= tokens;
    },
    loadTokens: () => first,
  });
  await client.auth.refresh();
  await client.auth.refresh();
  await client.users.get();
});

test("a sign-out during a refresh stays a sign-out", () =>
  withScripted([{ status: 200, json: { token: "a2", refreshToken: "r2", expiresIn: 1800 } }], async (scripted) => {
    const client = new MudbaseClient({ baseUrl: scripted.url });
    client.setTokens({ token: "a1", refreshToken: "r1", expiresAt: 0 });
    const refreshed = client.auth.refresh();
    client.setTokens(null);
    assert.equal(await refreshed, null);
    assert.equal(client.getTokens(), null);
  }));

test("a store that fails is heard of, and the client stays signed in", async () => {
  const { client } = await newOperator({ baseUrl: server.url });
  const fails = new MudbaseClient({
    baseUrl: server.url,
    onTokens: () => {
      throw new Error("the disk is full");
    },
  });
  fails.setTokens(client.getTokens());
  await assert.rejects(fails.auth.refresh(), /the disk is full/);
  await fails.users.get();
});
