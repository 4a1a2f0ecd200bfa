/** Tokens, keys, passwords and codes show nowhere. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { MudbaseClient, NetworkError, type Tokens, TwoFactorRequired } from "../src/index.ts";
import { AnsweringFetch } from "./support/answering.ts";
import { withScripted } from "./support/scripted.ts";

/** All that printing a value can show. */
function shown(value: unknown): string {
  const hidden = inspect(value, { depth: 20, showHidden: true });
  return [String(value), JSON.stringify(value), hidden, (value as Error).stack].join();
}

test("nothing secret shows in a client", () => {
  const client = new MudbaseClient();
  client.setTokens({ token: "secret-a1", refreshToken: "secret-r1" });
  client.setApiKey("mb_live_secret");
  assert.doesNotMatch(shown(client), /secret/);
});

test("nothing secret shows in an error", async () => {
  const answers = [
    {
      status: 403,
      json: {
        error: "Code?",
        code: "TWO_FACTOR_REQUIRED",
        challengeToken: "secret-c1",
        expiresIn: 300,
        methods: ["totp"],
      },
    },
    { status: 400, json: { error: "No.", code: "INVALID_PASSWORD" } },
    { fault: "cut" as const },
  ];
  await withScripted(answers, async (server) => {
    const client = new MudbaseClient({ baseUrl: server.url });
    client.setTokens({ token: "secret-a1", refreshToken: "secret-r1" });
    client.setApiKey("mb_live_secret");
    const credentials = { email: "morgan@northwind.test", password: "secret-password" };
    const errors = [
      await client.auth.login(credentials).catch((error: unknown) => error),
      await client.users
        .disable2fa({ password: "secret-password", token: "secret-token" })
        .catch((error: unknown) => error),
      await client.users.get({ timeout: 50 }).catch((error: unknown) => error),
    ];
    assert.ok(errors[0] instanceof TwoFactorRequired);
    for (const error of errors) assert.doesNotMatch(shown(error), /secret/);
  });
});

const UNFIT = ["secret-a1\nsecret", "secret-a1\r\nX-Evil: 1", "secret-a1\u2026", "secret a1", "", "  "];
const REFUSED = { name: "TypeError", message: "A token or key is printable ASCII without spaces." };

for (const value of UNFIT) {
  test(`the credential ${JSON.stringify(value)} is refused at once, and what was held stays`, () => {
    const client = new MudbaseClient();
    client.setTokens({ token: "a1", refreshToken: "r1" });
    assert.throws(() => client.setJWT(value), REFUSED);
    assert.throws(() => client.setTokens({ token: value }), REFUSED);
    assert.throws(() => client.setApiKey(value), REFUSED);
    assert.deepEqual(client.getTokens(), { token: "a1", refreshToken: "r1", expiresAt: undefined });
  });
}

test("a refresh token that cannot be one is refused at once", () => {
  assert.throws(() => new MudbaseClient().setJWT("a1", "secret r1"), REFUSED);
});

test("a token that is no string is refused at once", () => {
  assert.throws(() => new MudbaseClient().setJWT(undefined as unknown as string), REFUSED);
});

test("a loaded token that cannot be one is refused, and nothing is sent", async () => {
  const server = new AnsweringFetch(() => Response.json({}));
  const loadTokens = (): Tokens => ({ token: "secret\na1" });
  await assert.rejects(new MudbaseClient({ fetch: server.fetch, loadTokens }).users.get(), REFUSED);
  assert.deepEqual(server.asked, []);
});

test("space around a token or key, as at the end of a file, is left out", () =>
  withScripted([{ status: 200, json: { user: {} } }], async (server) => {
    const client = new MudbaseClient({ baseUrl: server.url });
    client.setJWT(" a1\n");
    client.setApiKey("mb_live_k1\r\n");
    await client.users.get();
    assert.equal(server.received[0]?.headers.authorization, "Bearer a1");
    assert.equal(server.received[0]?.headers["x-api-key"], "mb_live_k1");
  }));

test("of a fetch that failed only name and code are told", async () => {
  const fetch: typeof globalThis.fetch = (_, init) => {
    const text = `cannot send ${JSON.stringify(init)} with secret`;
    return Promise.reject(Object.assign(new Error(text, { cause: init }), { code: "EPIPE", request: init }));
  };
  const client = new MudbaseClient({ fetch, retries: 0 });
  client.setJWT("secret-a1");
  const error = await client.users.verify2fa({ token: "secret-code" }).catch((caught: unknown) => caught);
  assert.ok(error instanceof NetworkError);
  assert.deepEqual(error.cause, { name: "Error", code: "EPIPE" });
  assert.doesNotMatch(shown(error), /secret/);
});

test("a fetch that fails with nothing is a lost connection", async () => {
  const client = new MudbaseClient({ fetch: () => Promise.reject(), retries: 0 });
  await assert.rejects(client.users.get(), { name: "NetworkError", code: "CONNECTION_LOST" });
});
