/** Tokens against servers and stores that misbehave: what is held, what the hook is told, and when it ends. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { MudbaseClient, type Tokens } from "../src/index.ts";
import { AnsweringFetch, gate, LOGIN, pair, pause, REFRESH } from "./support/answering.ts";

const CREDENTIALS = { email: "b@northwind.test", password: "correct horse battery" };
const EXPIRED = { token: "a1", refreshToken: "r-a1", expiresAt: 0 };
const UNREADABLE = { name: "UnreadableAnswerError", status: 200, code: "UNREADABLE_ANSWER" };

for (const body of [
  { status: "ok" },
  { token: "a2", expiresIn: 1800 },
  { token: "a2", refreshToken: 5, expiresIn: 1800 },
  { token: "a2", refreshToken: "r-a2" },
  { token: "a2", refreshToken: "r-a2", expiresIn: "1800" },
  { token: "a2\n", refreshToken: "r-a2", expiresIn: 1800 },
]) {
  test(`a refresh and a sign-in answered with ${JSON.stringify(body)} are unreadable, and nothing of it is held`, async () => {
    const told: (Tokens | null)[] = [];
    const { fetch } = new AnsweringFetch(() => Response.json(body));
    const client = new MudbaseClient({ fetch, onTokens: (tokens) => told.push(tokens) });
    client.setTokens(EXPIRED);
    await assert.rejects(client.auth.refresh(), UNREADABLE);
    await assert.rejects(client.auth.login(CREDENTIALS), UNREADABLE);
    assert.deepEqual(client.getTokens(), EXPIRED);
    assert.deepEqual(told, []);
  });
}

for (const [name, change, expected] of [
  ["sign-in", (client: MudbaseClient) => client.auth.login(CREDENTIALS), "b1"],
  ["sign-out", (client: MudbaseClient) => client.auth.logout(), undefined],
] as const) {
  test(`a store that is slow with a refresh ends with the ${name} that came after it`, async () => {
    let stored: string | undefined = "a1";
    const { opened: slow, open } = gate();
    const { fetch } = new AnsweringFetch(({ path }) => pair(path === LOGIN ? "b1" : "a2"));
    const onTokens = async (tokens: Tokens | null): Promise<void> => {
      if (tokens?.token === "a2") await slow;
      stored = tokens?.token;
    };
    const client = new MudbaseClient({ fetch, onTokens });
    client.setJWT("a1", "r-a1");
    const refreshed = client.auth.refresh();
    await pause(10);
    await change(client);
    open();
    await refreshed;
    assert.equal(stored, expected);
  });
}

test("a change that a later one overtook is not told", async () => {
  const told: (string | undefined)[] = [];
  const { opened: slow, open } = gate();
  const { fetch } = new AnsweringFetch(({ path }) => pair(path === LOGIN ? "b1" : "a2"));
  const onTokens = async (tokens: Tokens | null): Promise<void> => {
    told.push(tokens?.token);
    await slow;
  };
  const client = new MudbaseClient({ fetch, onTokens });
  client.setJWT("a1", "r-a1");
  const refreshed = client.auth.refresh();
  await pause(10);
  await client.auth.login(CREDENTIALS);
  await client.auth.logout();
  open();
  await refreshed;
  assert.deepEqual(told, ["a2", undefined]);
});

test("a store that fails to load once is asked again", async () => {
  let asked = 0;
  const loadTokens = (): Tokens => {
    if (asked++ === 0) throw new Error("the store is busy");
    return { token: "a1" };
  };
  const server = new AnsweringFetch(() => Response.json({ user: {} }));
  const client = new MudbaseClient({ fetch: server.fetch, loadTokens });
  await assert.rejects(client.users.get(), /the store is busy/);
  await client.users.get();
  assert.deepEqual(server.asked, ["GET /api/users/me a1"]);
});

test("a hook may refresh", async () => {
  let rounds = 0;
  const { fetch } = new AnsweringFetch(() => pair("a2"));
  const client: MudbaseClient = new MudbaseClient({
    fetch,
    timeout: 500,
    onTokens: (): unknown => (++rounds === 1 ? client.auth.refresh() : undefined),
  });
  client.setTokens(EXPIRED);
  await client.auth.refresh();
  assert.equal(rounds, 2);
});

test("a refresh has the time of a call", async () => {
  const { fetch } = new AnsweringFetch(() => new Promise<Response>(() => {}));
  const client = new MudbaseClient({ fetch, timeout: 500 });
  client.setTokens(EXPIRED);
  await assert.rejects(client.auth.refresh({ timeout: 50 }), { code: "TIMEOUT" });
});

test("a refresh can be ended by a signal", async () => {
  const { fetch } = new AnsweringFetch(() => new Promise<Response>(() => {}));
  const client = new MudbaseClient({ fetch, timeout: 500 });
  client.setTokens(EXPIRED);
  await assert.rejects(client.auth.refresh({ signal: AbortSignal.abort(new Error("left")) }), /left/);
});

test("a fetch that takes no notice of its signal does not hold a call", async () => {
  const { fetch } = new AnsweringFetch(() => new Promise<Response>(() => {}));
  await assert.rejects(new MudbaseClient({ fetch, timeout: 50 }).users.get(), { code: "TIMEOUT" });
});

test("a refresh that hangs does not fail a call whose token is still good", async () => {
  const server = new AnsweringFetch(({ path }) =>
    path === REFRESH ? new Promise<Response>(() => {}) : Response.json({ user: {} }),
  );
  const client = new MudbaseClient({ fetch: server.fetch, timeout: 400 });
  client.setTokens({ token: "a1", refreshToken: "r-a1", expiresAt: Date.now() + 20_000 });
  await client.users.get();
  await client.users.get();
  assert.deepEqual(server.asked, [`POST ${REFRESH} -`, "GET /api/users/me a1", "GET /api/users/me a1"]);
});
