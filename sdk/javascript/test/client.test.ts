/** The client by itself: its options, its time, and what it keeps to itself. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { MudbaseClient, MudbaseError, PermissionDeniedError, TimedOutError, TwoFactorRequired } from "../src/index.ts";
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

for (const baseUrl of [
  "",
  "localhost:5000",
  "ftp://host",
  "https://me:secret@host",
  "https://host?x=1",
  "https://",
  "http://a b",
  "http://host:99999",
  "http://[::1",
  "http://host\\x",
  "http://host\n/x",
]) {
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

test("a Retry-After date is read as seconds from now", async () => {
  const retryAfter = await limited({ "Retry-After": new Date(Date.now() + 90_000).toUTCString() });
  assert.ok(retryAfter !== undefined && retryAfter > 85 && retryAfter <= 90);
});

test("a Retry-After date in the past is no time to wait", async () => {
  assert.equal(await limited({ "Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT" }), 0);
});

for (const header of ["-5", "1.5", "soon", "2026-11-24", "Someday, GMT", "9".repeat(400)]) {
  test(`the Retry-After header "${header.slice(0, 20)}" says nothing`, async () => {
    assert.equal(await limited({ "Retry-After": header }), undefined);
  });
}

/** What a client makes of a 429 with these headers. */
async function limited(headers: Record<string, string>): Promise<number | undefined> {
  const fetch = async (): Promise<Response> =>
    Response.json({ error: "Slow.", code: "RATE_LIMITED" }, { status: 429, headers });
  const error = await new MudbaseClient({ fetch, retries: 0 }).users.get().catch((caught: unknown) => caught);
  assert.ok(error instanceof MudbaseError);
  return error.retryAfter;
}

test("a challenge with odd methods and an odd time can be completed all the same", async () => {
  const error = await challenged({ challengeToken: "c1", methods: 5, expiresIn: "soon" });
  assert.ok(error instanceof TwoFactorRequired);
  assert.deepEqual(error.methods, []);
  assert.ok(error.expiresAt.getTime() <= Date.now());
});

test("a challenge without its token is no more than a refusal", async () => {
  const error = await challenged({ challengeToken: 7, methods: ["totp"] });
  assert.ok(error instanceof PermissionDeniedError && !(error instanceof TwoFactorRequired));
  assert.equal(error.code, "TWO_FACTOR_REQUIRED");
});

/** What a login becomes that is answered by a demand for a code. */
function challenged(body: object): Promise<unknown> {
  const fetch = async (): Promise<Response> =>
    Response.json({ error: "Code?", code: "TWO_FACTOR_REQUIRED", ...body }, { status: 403 });
  return new MudbaseClient({ fetch }).auth.login({ email: "a@b.test", password: "p" }).catch((error: unknown) => error);
}
