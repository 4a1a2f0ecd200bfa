/** The client in a real Chromium, against a real server of another origin. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type * as Mudbase from "../src/index.ts";
import { launch, Pages } from "./support/browser.ts";
import { Mudguard } from "./support/mudguard.ts";
import { newEmail, newOperator, PASSWORD } from "./support/people.ts";
import { type ScriptedAnswer, withScripted } from "./support/scripted.ts";

declare const mudbase: typeof Mudbase;

let pages: Pages;
let server: Mudguard;
let browser: Browser;
let context: BrowserContext;
before(async () => {
  browser = await launch();
  pages = await Pages.start();
  server = await Mudguard.start({ MUDGUARD_CORS_ORIGINS: pages.origin });
  context = await browser.newContext();
});
after(async () => {
  await browser.close();
  await Promise.all([server.stop(), pages.stop()]);
});

async function open(): Promise<Page> {
  const page = await context.newPage();
  await page.goto(pages.origin);
  await page.waitForFunction("globalThis.mudbase");
  return page;
}

test("a person signs up, reads their account and starts an enrolment", async () => {
  const page = await open();
  const email = newEmail();
  const told = await page.evaluate(
    async ([baseUrl, email, password]) => {
      const client = new mudbase.MudbaseClient({ baseUrl });
      await client.auth.register({ email, password, firstName: "M", lastName: "C", agreedToTerms: true });
      const { qrCode } = await client.users.setup2fa();
      return [(await client.users.get()).user.email, qrCode.slice(0, 22)];
    },
    [server.url, email, PASSWORD] as const,
  );
  assert.deepEqual(told, [email, "data:image/png;base64,"]);
});

test("an error of the server keeps its class and code", async () => {
  const page = await open();
  const told = await page.evaluate(async (baseUrl) => {
    const client = new mudbase.MudbaseClient({ baseUrl });
    client.setJWT("a1");
    return client.users
      .setup2fa()
      .catch((error: Mudbase.MudbaseError) => [
        error instanceof mudbase.AuthenticationError,
        error.code,
        Boolean(error.requestId),
      ]);
  }, server.url);
  assert.deepEqual(told, [true, "INVALID_TOKEN", true]);
});

const CORS = { "Access-Control-Allow-Origin": "*", "Content-Type": "text/html" };
const MISBEHAVIOUR: [string, ScriptedAnswer, [string, string]][] = [
  [
    "answers HTML",
    { status: 200, headers: CORS, text: "<html></html>" },
    ["UnreadableAnswerError", "UNREADABLE_ANSWER"],
  ],
  [
    "redirects",
    { status: 302, headers: { ...CORS, Location: "/x" }, text: "" },
    ["UnreadableAnswerError", "UNREADABLE_ANSWER"],
  ],
  [
    "limits",
    { status: 429, headers: CORS, text: '{"error":"Slow.","code":"RATE_LIMITED","retryAfter":60}' },
    ["RateLimitedError", "RATE_LIMITED"],
  ],
  ["dies in mid-answer", { fault: "cut", headers: CORS }, ["NetworkError", "CONNECTION_LOST"]],
  ["hangs", { fault: "hang" }, ["TimedOutError", "TIMEOUT"]],
];
for (const [misbehaviour, answer, expected] of MISBEHAVIOUR) {
  test(`a server that ${misbehaviour} is a ${expected[0]} within the time of the call`, () =>
    withScripted([answer], async (scripted) => {
      const page = await open();
      const told = await page.evaluate(async (baseUrl) => {
        const client = new mudbase.MudbaseClient({ baseUrl, timeout: 1000, retries: 0 });
        return client.health().then(
          () => [],
          (error: Mudbase.MudbaseError) => [error.name, error.code],
        );
      }, scripted.url);
      assert.deepEqual(told, expected);
    }));
}

test("tabs that share a store share one refresh", async () => {
  const { client, email } = await newOperator({ baseUrl: server.url });
  const kept = JSON.stringify({ ...client.getTokens(), expiresAt: Date.now() - 1000 });
  const tabs = await Promise.all([open(), open(), open()]);
  await tabs[0]?.evaluate((tokens) => localStorage.setItem("tokens", tokens), kept);
  const refreshes: string[] = [];
  context.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/refresh")) refreshes.push(request.url());
  });

  const emails = await Promise.all(
    tabs.map((tab) =>
      tab.evaluate(async (baseUrl) => {
        const client = new mudbase.MudbaseClient({
          baseUrl,
          loadTokens() {
            return JSON.parse(localStorage.getItem("tokens") ?? "null");
          },
          onTokens(tokens) {
            localStorage.setItem("tokens", JSON.stringify(tokens));
          },
        });
        const calls = await Promise.all(Array.from({ length: 10 }, () => client.users.get()));
        return calls[9]?.user.email;
      }, server.url),
    ),
  );

  assert.deepEqual(emails, [email, email, email]);
  assert.equal(refreshes.length, 1);
});
