/** The element in a real Chromium: a real enrolment, by keyboard alone, that axe has nothing against. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type * as Enrolment from "../src/enrolment/index.ts";
import type * as Mudbase from "../src/index.ts";
import { codeOf, wrongCodeFor } from "./support/authenticator.ts";
import { launch, Pages } from "./support/browser.ts";
import { Mudguard, require } from "./support/mudguard.ts";
import { newOperator, PASSWORD } from "./support/people.ts";

declare const mudbase: typeof Mudbase;

let pages: Pages;
let server: Mudguard;
let strict: Mudguard;
let browser: Browser;
before(async () => {
  browser = await launch();
  pages = await Pages.start();
  const open = { MUDGUARD_CORS_ORIGINS: pages.origin };
  server = await Mudguard.start(open);
  strict = await Mudguard.start({
    ...open,
    MUDGUARD_REAUTH_MAX_AGE: "1",
    MUDGUARD_SETUP_RETURNS_BACKUP_CODES: "false",
  });
});
after(async () => {
  await browser.close();
  await Promise.all([server.stop(), strict.stop(), pages.stop()]);
});

interface Opened {
  page: Page;
  context: BrowserContext;
  client: Mudbase.MudbaseClient;
}

/** A page with the element, signed in as somebody new, or as whom `client` is. */
async function opened(
  options: {
    at?: Mudguard;
    client?: Mudbase.MudbaseClient;
    strings?: Partial<Enrolment.EnrolmentStrings>;
    age?: number;
  } = {},
): Promise<Opened> {
  const { url } = options.at ?? server;
  const client = options.client ?? (await newOperator({ baseUrl: url })).client;
  if (options.age) await new Promise((resolve) => setTimeout(resolve, options.age));
  const context = await browser.newContext({ viewport: { width: 480, height: 720 } });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: pages.origin });
  const page = await context.newPage();
  await page.goto(pages.origin);
  await page.waitForFunction("globalThis.mudbase");
  await page.evaluate(
    ([baseUrl, tokens, strings]) => {
      const client = new mudbase.MudbaseClient({ baseUrl });
      client.setTokens(tokens);
      const element = document.createElement("mudbase-enrolment");
      element.strings = strings;
      element.client = client;
      for (const name of ["enrolment-verified", "enrolment-finished"]) {
        document.addEventListener(name, () => document.body.setAttribute(`data-${name}`, ""));
      }
      document.querySelector("main")?.append(element);
    },
    [url, client.getTokens(), options.strings ?? {}] as const,
  );
  return { page, context, client };
}

async function secretOn(page: Page): Promise<string> {
  return ((await page.locator("code").textContent()) ?? "").replaceAll(" ", "");
}

async function backupCodesOn(page: Page): Promise<string[]> {
  await page.getByRole("heading", { name: "Save your backup codes" }).waitFor();
  return page.getByRole("listitem").allTextContents();
}

async function violations(page: Page): Promise<string[]> {
  // As an argument, not as a script tag: the policy of the page allows none.
  await page.evaluate(await readFile(require.resolve("axe-core/axe.min.js"), "utf8"));
  const found: { id: string; nodes: { html: string }[] }[] = await page.evaluate(
    "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((r) => r.violations)",
  );
  return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

/** Press Tab until what has the focus is called `name`. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 15; presses++) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const inner = document.querySelector("mudbase-enrolment")?.shadowRoot?.activeElement;
      return inner instanceof HTMLInputElement ? inner.labels?.[0]?.textContent : inner?.textContent;
    });
    if (focused === name) return;
  }
  throw new Error(`no way to "${name}" by Tab`);
}

test("a person enrols by keyboard alone, and axe finds nothing at any step", async () => {
  const { page, client } = await opened();
  await page.getByRole("img", { name: /QR code/ }).waitFor();
  assert.deepEqual(await violations(page), []);
  const { SCREENSHOTS } = process.env; // a folder
  if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, "enrolment.png") });

  await tabTo(page, "Code from your app");
  await page.keyboard.type(codeOf(await secretOn(page)));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Save your backup codes" }).waitFor();
  assert.equal((await client.users.twoFactor()).enabled, true);
  assert.deepEqual(await violations(page), []);

  await tabTo(page, "I have saved them");
  await page.keyboard.press("Space");
  await tabTo(page, "Finish");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Two-factor authentication is on" }).waitFor();
  assert.deepEqual(await violations(page), []);
  assert.ok((await page.getAttribute("body", "data-enrolment-verified")) !== null);
  assert.ok((await page.getAttribute("body", "data-enrolment-finished")) !== null);
});

test("the field is one that phones and password managers fill in", async () => {
  const { page } = await opened();
  const field = page.getByLabel("Code from your app");
  assert.equal(await field.getAttribute("autocomplete"), "one-time-code");
  assert.equal(await field.getAttribute("inputmode"), "numeric");
  assert.equal(await page.getByRole("textbox").count(), 1);
});

test("a code pasted with a space is taken", async () => {
  const { page } = await opened();
  const code = codeOf(await secretOn(page));
  await page.evaluate((text) => navigator.clipboard.writeText(text), ` ${code.slice(0, 3)} ${code.slice(3)}\n`);
  await page.getByLabel("Code from your app").focus();
  await page.keyboard.press("Control+V");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Save your backup codes" }).waitFor();
});

test("a wrong code is announced, and the field has the focus again", async () => {
  const { page } = await opened();
  await page.getByLabel("Code from your app").fill(wrongCodeFor(await secretOn(page)));
  await page.keyboard.press("Enter");
  const error = page.getByRole("alert");
  await error.filter({ hasText: "This code is not right" }).waitFor();
  const field = page.getByLabel("Code from your app");
  assert.equal(await field.getAttribute("aria-invalid"), "true");
  assert.match((await field.getAttribute("aria-describedby")) ?? "", /error/);
  assert.ok(await field.evaluate((input) => (input.getRootNode() as ShadowRoot).activeElement === input));
  assert.deepEqual(await violations(page), []);
});

test("an empty field is announced without asking the server", async () => {
  const { page } = await opened();
  await page.getByRole("button", { name: "Turn on" }).click();
  await page.getByRole("alert").filter({ hasText: "Fill in this field." }).waitFor();
});

test("a new step takes the focus to its title", async () => {
  const { page } = await opened();
  await page.getByLabel("Code from your app").fill(codeOf(await secretOn(page)));
  await page.keyboard.press("Enter");
  const title = page.getByRole("heading", { name: "Save your backup codes" });
  await title.waitFor();
  assert.ok(await title.evaluate((heading) => (heading.getRootNode() as ShadowRoot).activeElement === heading));
});

test("an element that appears leaves the focus where it is", async () => {
  const { page } = await opened();
  await page.getByRole("img").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), "BODY");
});

test("backup codes are copied, downloaded and printed, all ten", async () => {
  const { page } = await opened();
  await page.getByLabel("Code from your app").fill(codeOf(await secretOn(page)));
  await page.keyboard.press("Enter");
  const codes = await backupCodesOn(page);
  assert.equal(codes.length, 10);
  const text = `${codes.join("\n")}\n`;

  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByRole("status").filter({ hasText: "Copied." }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), text);

  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  const file = await downloading;
  assert.equal(file.suggestedFilename(), "backup-codes.txt");
  assert.equal(await readFile(await file.path(), "utf8"), text);

  await page.getByRole("button", { name: "Print" }).click();
  const printed = page.frames()[1];
  assert.equal(await printed?.locator("pre").textContent(), text);
});

test("the last step waits until the codes are saved", async () => {
  const { page } = await opened();
  await page.getByLabel("Code from your app").fill(codeOf(await secretOn(page)));
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Finish" }).click();
  await page.getByRole("alert").filter({ hasText: "Save the codes first" }).waitFor();
  assert.equal(await page.getAttribute("body", "data-enrolment-finished"), null);
});

test("an old sign-in is asked for its password, a server without codes in the setup for another code", async () => {
  const { page, client } = await opened({ at: strict, age: 2100 });
  const password = page.getByLabel("Password");
  assert.equal(await password.getAttribute("autocomplete"), "current-password");
  await password.fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("img").waitFor();
  const secret = await secretOn(page);
  await page.getByLabel("Code from your app").fill(codeOf(secret));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Get your backup codes" }).waitFor();
  await page.getByLabel("Code from your app").fill(codeOf(secret, 1));
  await page.keyboard.press("Enter");
  assert.equal((await backupCodesOn(page)).length, 10);
  assert.equal((await client.users.twoFactor()).enabled, true);
});

test("an authenticator is replaced with a proof of the old one", async () => {
  const { client } = await newOperator({ baseUrl: server.url });
  const { secret, backupCodes = [] } = await client.users.setup2fa();
  await client.users.verify2fa({ token: codeOf(secret) });
  const { page } = await opened({ client });
  await page.getByLabel("Current code, or a backup code").fill(backupCodes[0] ?? "");
  await page.keyboard.press("Enter");
  await page.getByRole("img").waitFor();
  const replacement = await secretOn(page);
  assert.notEqual(replacement, secret);
  await page.getByLabel("Code from your app").fill(codeOf(replacement));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Save your backup codes" }).waitFor();
});

test("every word can be another one, those of errors too", async () => {
  const { page } = await opened({
    strings: {
      codeLabel: "Code aus der App",
      verify: "Einschalten",
      errors: { INVALID_TWO_FACTOR_CODE: "Dieser Code stimmt nicht." },
    },
  });
  await page.getByLabel("Code aus der App").fill(wrongCodeFor(await secretOn(page)));
  await page.getByRole("button", { name: "Einschalten" }).click();
  await page.getByRole("alert").filter({ hasText: "Dieser Code stimmt nicht." }).waitFor();
});

test("a page styles the parts of the element", async () => {
  const { page } = await opened();
  const colour = await page.getByRole("button", { name: "Turn on" }).evaluate((button) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("mudbase-enrolment::part(submit) { background: rgb(1, 2, 3) }");
    document.adoptedStyleSheets = [sheet];
    return getComputedStyle(button).backgroundColor;
  });
  assert.equal(colour, "rgb(1, 2, 3)");
});

test("the secret leaves the page with the element", async () => {
  const { page } = await opened();
  const secret = await secretOn(page);
  const left = await page.evaluate(() => {
    const element = document.querySelector("mudbase-enrolment");
    element?.remove();
    return element?.shadowRoot?.textContent ?? "";
  });
  assert.ok(!left.replaceAll(" ", "").includes(secret));
});

test("a setup that failed can be tried again", async () => {
  const { page } = await opened({ client: { getTokens: () => null } as Mudbase.MudbaseClient });
  await page.getByRole("alert").waitFor();
  assert.deepEqual(await violations(page), []);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("alert").waitFor();
});
