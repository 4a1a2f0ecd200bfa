/** A call belongs to the session that it was made in: nothing is carried over to the next person. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { AuthenticationError, MudbaseClient, type Tokens } from "../src/index.ts";
import { AnsweringFetch, gate, jwt, LOGIN, LOGOUT, pair, pause, REFRESH, refusal } from "./support/answering.ts";

const CREDENTIALS = { email: "b@northwind.test", password: "correct horse battery" };
const ERASURE = { confirm: "DELETE", currentPassword: "correct horse battery" } as const;

function inTenMinutes(): number {
  return Date.now() + 600_000;
}

test("an erasure that was refused is not sent again as the person who signed in meanwhile", async () => {
  const { opened: signedIn, open } = gate();
  const server = new AnsweringFetch(async ({ path }) => {
    if (path === LOGIN) return pair("b1");
    await signedIn;
    return refusal("SESSION_REVOKED");
  });
  const client = new MudbaseClient({ fetch: server.fetch });
  client.setJWT("a1", "r-a1");
  const erasure = client.users.erase(ERASURE);
  await pause(10);
  await client.auth.login(CREDENTIALS);
  open();
  await assert.rejects(erasure, { name: "AuthenticationError", code: "SESSION_REVOKED" });
  assert.deepEqual(server.asked, ["POST /api/users/me/erase a1", `POST ${LOGIN} -`]);
  assert.equal(client.getTokens()?.token, "b1");
});

test("a call that waited for a refresh does not go out as the person who signed in meanwhile", async () => {
  const { opened: signedIn, open } = gate();
  const server = new AnsweringFetch(async ({ path, bearer }) => {
    if (path === REFRESH) {
      await signedIn;
      return pair("a2");
    }
    return bearer === "b1" ? Response.json({}) : refusal("TOKEN_EXPIRED");
  });
  const client = new MudbaseClient({ fetch: server.fetch });
  client.setTokens({ token: "a1", refreshToken: "r-a1", expiresAt: 0 });
  const update = client.users.update({ firstName: "Alice" });
  await pause(10);
  client.setJWT("b1");
  open();
  await assert.rejects(update, AuthenticationError);
  assert.equal(server.asked.at(-1), "PATCH /api/users/update a1");
});

test("a call made while tokens are loaded does not go out as the person who was set meanwhile", async () => {
  const { opened: set, open } = gate();
  const server = new AnsweringFetch(({ bearer }) => (bearer ? Response.json({}) : refusal("UNAUTHORIZED")));
  const loadTokens = async (): Promise<Tokens> => {
    await set;
    return { token: "a1" };
  };
  const client = new MudbaseClient({ fetch: server.fetch, loadTokens });
  const update = client.users.update({ firstName: "Alice" });
  client.setJWT("b1");
  open();
  await assert.rejects(update, AuthenticationError);
  assert.deepEqual(server.asked, ["PATCH /api/users/update -"]);
});

test("a call that was refused is not sent again as the person of another tab, who is held for later calls", async () => {
  let stored: Tokens | null = { token: jwt({ sid: "a", iat: 1 }), refreshToken: "r-a1", expiresAt: inTenMinutes() };
  const later = jwt({ sid: "b", iat: 2 });
  const server = new AnsweringFetch(({ bearer }) =>
    bearer === later ? Response.json({ user: {} }) : refusal("SESSION_REVOKED"),
  );
  const client = new MudbaseClient({ fetch: server.fetch, loadTokens: () => stored });
  client.setTokens(stored);
  stored = { token: later, refreshToken: "r-b1", expiresAt: inTenMinutes() };
  await assert.rejects(client.users.update({ firstName: "Alice" }), { code: "SESSION_REVOKED" });
  assert.equal(server.asked.length, 1);
  await client.users.get();
  assert.equal(server.asked.at(-1), `GET /api/users/me ${later}`);
});

test("a call is sent again with the token that another tab got for the same session", async () => {
  const fresh = jwt({ sid: "a", iat: 2 });
  let stored: Tokens = { token: jwt({ sid: "a", iat: 1 }), refreshToken: "r-a1", expiresAt: inTenMinutes() };
  const server = new AnsweringFetch(({ bearer }) =>
    bearer === fresh ? Response.json({ message: "Done." }) : refusal("TOKEN_EXPIRED"),
  );
  const client = new MudbaseClient({ fetch: server.fetch, loadTokens: () => stored });
  client.setTokens(stored);
  stored = { token: fresh, refreshToken: "r-a2", expiresAt: inTenMinutes() };
  await client.users.update({ firstName: "Alice" });
  assert.equal(server.asked.at(-1), `PATCH /api/users/update ${fresh}`);
});

test("tokens without a session to compare count as another person's", async () => {
  let stored: Tokens = { token: "a1", refreshToken: "r-a1", expiresAt: inTenMinutes() };
  const server = new AnsweringFetch(({ bearer }) =>
    bearer === "b1" ? Response.json({ message: "Done." }) : refusal("SESSION_REVOKED"),
  );
  const client = new MudbaseClient({ fetch: server.fetch, loadTokens: () => stored });
  client.setTokens(stored);
  stored = { token: "b1", refreshToken: "r-b1", expiresAt: inTenMinutes() };
  await assert.rejects(client.users.update({ firstName: "Alice" }), { code: "SESSION_REVOKED" });
});

for (const sid of ["a", "b"]) {
  test(`a store that still shows older tokens of session ${sid} does not bring them back to session b`, async () => {
    const older = { token: jwt({ sid, iat: 1 }), refreshToken: "r-a1", expiresAt: inTenMinutes() };
    const server = new AnsweringFetch(() => pair(jwt({ sid: "b", iat: 3 }), "r-b2"));
    const client = new MudbaseClient({ fetch: server.fetch, loadTokens: () => older });
    client.setTokens({ token: jwt({ sid: "b", iat: 2 }), refreshToken: "r-b1" });
    assert.equal((await client.auth.refresh())?.refreshToken, "r-b2");
  });
}

test("a clock that is wrong does not make a tab present a token that another one spent", async () => {
  const spent = { token: jwt({ sid: "a", iat: 1 }), refreshToken: "r-a1", expiresAt: Date.now() + 9e9 };
  const server = new AnsweringFetch(() => refusal("INVALID_REFRESH_TOKEN"));
  let stored: Tokens = spent;
  const client = new MudbaseClient({ fetch: server.fetch, loadTokens: () => stored });
  client.setTokens(spent);
  stored = { token: jwt({ sid: "a", iat: 2 }), refreshToken: "r-a2", expiresAt: inTenMinutes() };
  assert.equal((await client.auth.refresh())?.refreshToken, "r-a2");
  assert.deepEqual(server.asked, []);
});

for (const [name, leave] of [
  ["a sign-out", (client: MudbaseClient) => client.auth.logout()],
  ["an erasure", (client: MudbaseClient) => client.users.erase(ERASURE)],
] as const) {
  test(`a sign-in during ${name} is kept`, async () => {
    const { opened: signedIn, open } = gate();
    const server = new AnsweringFetch(async ({ path }) => {
      if (path === LOGIN) return pair("b1");
      await signedIn;
      return Response.json({ message: "Done." });
    });
    const told: (string | undefined)[] = [];
    const client = new MudbaseClient({ fetch: server.fetch, onTokens: (tokens) => told.push(tokens?.token) });
    client.setJWT("a1", "r-a1");
    const left = leave(client);
    await client.auth.login(CREDENTIALS);
    open();
    await left;
    assert.equal(client.getTokens()?.token, "b1");
    assert.deepEqual(told, ["b1"]);
  });
}

test("a sign-out that only a gateway refused is not taken for one", async () => {
  const server = new AnsweringFetch(() => new Response("<html>", { status: 401 }));
  const client = new MudbaseClient({ fetch: server.fetch });
  client.setJWT("a1");
  await assert.rejects(client.auth.logout(), { code: "UNREADABLE_ANSWER" });
  assert.equal(client.getTokens(), null);
  assert.deepEqual(server.asked, [`POST ${LOGOUT} a1`]);
});

test("tokens that are forgotten while they are loaded stay forgotten", async () => {
  const { opened: forgotten, open } = gate();
  const loadTokens = async (): Promise<Tokens> => {
    await forgotten;
    return { token: "a1" };
  };
  const server = new AnsweringFetch(() => Response.json({ user: {} }));
  const client = new MudbaseClient({ fetch: server.fetch, loadTokens });
  const pending = client.users.get();
  client.setJWT(null);
  open();
  await pending;
  await client.users.get();
  assert.equal(client.getTokens(), null);
  assert.deepEqual(server.asked, ["GET /api/users/me -", "GET /api/users/me -"]);
});
