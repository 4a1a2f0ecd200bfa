/** The client by itself: its options, its time, and what it keeps to itself. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inspect } from "node:util";
import { MudbaseClient, MudbaseError, TimedOutError, TwoFactorRequired } from "../src/index.ts";
import { VERSION } from "../src/version.ts";
import { PACKAGE } from "./support/mudguard.ts";
import { closedPort, ScriptedServer, withScripted } from "./support/scripted.ts";

const ME = { status: 200, json: { user: {} } };

test("the default address is port 5000 of this machine", async () => {
  const asked: string[] = [];
  const client = new MudbaseClient({
    fetch: async (input) => {
      asked.push(String(input));
      return Response.json({});
    },
  });
  await client.users.get();
  assert.deepEqual(asked, ["http://localhost:5000/api/users/me"]);
});

test("an address may have a path, and slashes at its end", () =>
  withScripted([ME], async (server) => {
    await new MudbaseClient({ baseUrl: `${server.url}/auth//` }).users.get();
    assert.equal(server.received[0]?.path, "/auth/api/users/me");
  }));

for (const baseUrl of ["", "localhost:5000", "ftp://host", "https://me:secret@host", "https://host?x=1", "https://"]) {
  test(`the address "${baseUrl}" is refused without being repeated`, () => {
    assert.throws(() => new MudbaseClient({ baseUrl }), {
      name: "TypeError",
      message: "baseUrl must be an address such as https://auth.example.com",
    });
  });
}

test("requests name the client and its version", () =>
  withScripted([ME], async (server) => {
    await new MudbaseClient({ baseUrl: server.url }).users.get();
    const { version } = JSON.parse(readFileSync(`${PACKAGE}package.json`, "utf8"));
    assert.equal(server.received[0]?.headers["user-agent"], `mudbase-js/${version}`);
    assert.equal(VERSION, version);
  }));

test("token and API key go along together", () =>
  withScripted([ME], async (server) => {
    const client = new MudbaseClient({ baseUrl: server.url });
    client.setJWT("a1");
    client.setApiKey("mb_live_k1");
    await client.users.get();
    assert.equal(server.received[0]?.headers.authorization, "Bearer a1");
    assert.equal(server.received[0]?.headers["x-api-key"], "mb_live_k1");
  }));

test("a forgotten token and key do not go along", () =>
  withScripted([ME], async (server) => {
    const client = new MudbaseClient({ baseUrl: server.url });
    client.setJWT("a1");
    client.setApiKey("mb_live_k1");
    client.setJWT(null);
    client.setApiKey(null);
    await client.users.get();
    assert.equal(server.received[0]?.headers.authorization, undefined);
    assert.equal(server.received[0]?.headers["x-api-key"], undefined);
  }));

test("a JWT set with its refresh token is refreshed when its own exp says so", () => {
  const payload = Buffer.from(JSON.stringify({ exp: Math.floor(Date.now() / 1000) - 60 })).toString("base64url");
  return withScripted(
    [{ status: 200, json: { token: "a2", refreshToken: "r2", expiresIn: 60 } }, ME],
    async (server) => {
      const client = new MudbaseClient({ baseUrl: server.url });
      client.setJWT(`e30.${payload}.c2ln`, "r1");
      await client.users.get();
      assert.deepEqual(server.received[0]?.body, { refreshToken: "r1" });
    },
  );
});

test("a connection that opens late is waited for, even for a setup", async () => {
  const port = await closedPort();
  const client = new MudbaseClient({ baseUrl: `http://127.0.0.1:${port}`, retries: 10 });
  const pending = client.users.setup2fa();
  const server = await ScriptedServer.start([{ status: 200, json: { secret: "S" } }], port);
  assert.equal((await pending).secret, "S");
  assert.equal(server.received.length, 1);
  await server.stop();
});

test("a body that never ends is a timeout", async () => {
  const server = await ScriptedServer.start([{ fault: "stall" }]);
  const client = new MudbaseClient({ baseUrl: server.url, timeout: 200 });
  await assert.rejects(client.users.get(), TimedOutError);
  await server.stop();
});

test("a call may have a time of its own", () =>
  withScripted([{ fault: "hang" }], async (server) => {
    const client = new MudbaseClient({ baseUrl: server.url });
    const started = performance.now();
    await assert.rejects(client.users.get({ timeout: 100 }), { name: "TimedOutError", code: "TIMEOUT" });
    assert.ok(performance.now() - started < 1000);
  }));

test("a hanging refresh does not hold a call beyond its time", () =>
  withScripted([{ fault: "hang" }], async (server) => {
    const client = new MudbaseClient({ baseUrl: server.url, timeout: 400 });
    client.setTokens({ token: "a1", refreshToken: "r1", expiresAt: 0 });
    await assert.rejects(client.users.get({ timeout: 100 }), TimedOutError);
  }));

test("a signal ends a call with its own reason", () =>
  withScripted([{ fault: "hang" }], async (server) => {
    const controller = new AbortController();
    const pending = new MudbaseClient({ baseUrl: server.url }).users.get({ signal: controller.signal });
    controller.abort(new Error("the page was left"));
    await assert.rejects(pending, /the page was left/);
  }));

test("a signal that has ended already sends nothing", () =>
  withScripted([ME], async (server) => {
    const signal = AbortSignal.abort(new Error("too late"));
    await assert.rejects(new MudbaseClient({ baseUrl: server.url }).users.get({ signal }), /too late/);
    assert.equal(server.received.length, 0);
  }));

for (const id of ["", ".", ".."]) {
  test(`the id "${id}" is refused, for it would name another address`, () => {
    assert.throws(() => new MudbaseClient().apiKeys.delete(id), /An id is missing/);
  });
}

test("an id cannot leave its place in the path", () =>
  withScripted([ME], async (server) => {
    await new MudbaseClient({ baseUrl: server.url }).apiKeys.delete("a/../b?c");
    assert.equal(server.received[0]?.path, "/api/api-keys/a%2F..%2Fb%3Fc");
  }));

test("a Retry-After date is read as seconds from now", () => {
  const date = new Date(Date.now() + 90_000).toUTCString();
  return withScripted(
    [{ status: 429, headers: { "Retry-After": date }, json: { error: "Slow.", code: "RATE_LIMITED" } }],
    async (server) => {
      const error = await new MudbaseClient({ baseUrl: server.url }).users
        .get()
        .catch((caught: MudbaseError) => caught);
      assert.ok(error instanceof MudbaseError && error.retryAfter !== undefined);
      assert.ok(error.retryAfter > 85 && error.retryAfter <= 90);
    },
  );
});

test("nothing secret shows in a client", () => {
  const client = new MudbaseClient();
  client.setTokens({ token: "secret-a1", refreshToken: "secret-r1" });
  client.setApiKey("mb_live_secret");
  const shown = [String(client), JSON.stringify(client), inspect(client, { depth: 20, showHidden: true })].join();
  assert.doesNotMatch(shown, /secret/);
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
    for (const error of errors) {
      const shown = [
        String(error),
        JSON.stringify(error),
        inspect(error, { depth: 20, showHidden: true }),
        (error as Error).stack,
      ].join();
      assert.doesNotMatch(shown, /secret/);
    }
  });
});
