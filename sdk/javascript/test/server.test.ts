/** The client and a real server: what a person does, from sign-up to erasure. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  AuthenticationError,
  BadRequestError,
  ConflictError,
  MudbaseClient,
  type MudbaseError,
  PermissionDeniedError,
  TwoFactorRequired,
} from "../src/index.ts";
import { codeOf, wrongCodeFor } from "./support/authenticator.ts";
import { Mudguard } from "./support/mudguard.ts";
import { newEmail, newOperator, PASSWORD } from "./support/people.ts";

let server: Mudguard;
before(async () => {
  server = await Mudguard.start();
});
after(() => server.stop());

/** A person whose second factor is on; the codes of this step and before are spent. */
async function enrolled(): Promise<{ client: MudbaseClient; email: string; secret: string; backupCodes: string[] }> {
  const { client, email } = await newOperator({ baseUrl: server.url });
  const { secret, backupCodes = [] } = await client.users.setup2fa();
  await client.users.verify2fa({ token: codeOf(secret) });
  return { client, email, secret, backupCodes };
}

async function firstProject(operator: MudbaseClient): Promise<{ orgId: string; projectId: string }> {
  const orgId = (await operator.users.get()).user.org?._id ?? "";
  const { projects } = await operator.projects.list(orgId);
  return { orgId, projectId: projects[0]?._id ?? "" };
}

async function challenged(
  email: string,
  client = new MudbaseClient({ baseUrl: server.url }),
): Promise<TwoFactorRequired> {
  const error = await client.auth.login({ email, password: PASSWORD }).catch((caught: unknown) => caught);
  assert.ok(error instanceof TwoFactorRequired);
  return error;
}

test("a sign-up signs in", async () => {
  const { client, email } = await newOperator({ baseUrl: server.url });
  const { user, authenticated } = await client.auth.getSession();
  assert.deepEqual([user.email, user.role, authenticated], [email, "owner", true]);
});

test("an operator signs in without a project", async () => {
  const { email } = await newOperator({ baseUrl: server.url });
  const client = new MudbaseClient({ baseUrl: `${server.url}/` });
  const { user } = await client.auth.login({ email, password: PASSWORD });
  assert.equal((await client.users.get()).user._id, user._id);
});

test("a person of a project signs up and in with it", async () => {
  const { client: operator } = await newOperator({ baseUrl: server.url });
  const { projectId } = await firstProject(operator);
  const client = new MudbaseClient({ baseUrl: server.url });
  const email = newEmail();
  await client.auth.register({ email, password: PASSWORD, firstName: "Robin", lastName: "Ode", projectId });
  const { user } = await client.auth.login({ email, password: PASSWORD, projectId });
  assert.deepEqual([user.email, user.twoFactorEnabled], [email, false]);
});

test("a taken address is a conflict", async () => {
  const { client, email } = await newOperator({ baseUrl: server.url });
  await assert.rejects(
    client.auth.register({ email, password: PASSWORD, firstName: "M", lastName: "C", agreedToTerms: true }),
    ConflictError,
  );
});

test("an enrolment gives secret, picture and ten backup codes", async () => {
  const { client } = await newOperator({ baseUrl: server.url });
  const setup = await client.users.setup2fa();
  assert.match(setup.secret, /^[A-Z2-7]{32}$/);
  assert.match(setup.qrCode, /^data:image\/png;base64,/);
  assert.equal(setup.manualEntryKey.replaceAll(" ", ""), setup.secret);
  assert.equal(new Set(setup.backupCodes).size, 10);
});

test("a verified enrolment is on", async () => {
  const { client } = await enrolled();
  const { enabled, pending, backupCodesRemaining } = await client.users.twoFactor();
  assert.deepEqual([enabled, pending, backupCodesRemaining], [true, false, 10]);
});

test("a refresh after the enrolment raises the session to aal2", async () => {
  const { client } = await enrolled();
  await client.auth.refresh();
  assert.equal((await client.users.sessions()).sessions[0]?.aal, "aal2");
});

test("a wrong enrolment code is a bad request with the code of the contract", async () => {
  const { client } = await newOperator({ baseUrl: server.url });
  const { secret } = await client.users.setup2fa();
  await assert.rejects(client.users.verify2fa({ token: wrongCodeFor(secret) }), (error: MudbaseError) => {
    assert.ok(error instanceof BadRequestError);
    assert.deepEqual([error.code, error.status], ["INVALID_TWO_FACTOR_CODE", 400]);
    assert.ok(error.requestId);
    return true;
  });
});

test("a sign-in with a second factor tells what it wants, and until when", async () => {
  const { email } = await enrolled();
  const required = await challenged(email);
  assert.deepEqual(required.methods, ["totp", "backup_code"]);
  assert.ok(required instanceof PermissionDeniedError);
  assert.ok(required.challengeToken);
  const seconds = (required.expiresAt.getTime() - Date.now()) / 1000;
  assert.ok(seconds > 290 && seconds <= 300);
});

test("a code completes the sign-in", async () => {
  const { email, secret } = await enrolled();
  const client = new MudbaseClient({ baseUrl: server.url });
  const required = await challenged(email, client);
  await required.complete(codeOf(secret, 1));
  assert.equal((await client.users.get()).user.email, email);
});

test("a wrong code can be mended within the same challenge", async () => {
  const { email, secret, backupCodes } = await enrolled();
  const client = new MudbaseClient({ baseUrl: server.url });
  const required = await challenged(email, client);
  await assert.rejects(required.complete(wrongCodeFor(secret)), (error: MudbaseError) => {
    assert.ok(error instanceof AuthenticationError);
    assert.equal(error.code, "INVALID_TWO_FACTOR_CODE");
    return true;
  });
  await required.complete(backupCodes[0] ?? "");
  assert.equal((await client.users.twoFactor()).backupCodesRemaining, 9);
});

test("a challenge carried elsewhere is completed by auth.completeTwoFactor", async () => {
  const { email, backupCodes } = await enrolled();
  const { challengeToken } = await challenged(email);
  const client = new MudbaseClient({ baseUrl: server.url });
  await client.auth.completeTwoFactor({ challengeToken, token: backupCodes[1] ?? "" });
  assert.equal((await client.users.get()).user.email, email);
});

test("both steps can be done at once", async () => {
  const { email, backupCodes } = await enrolled();
  const client = new MudbaseClient({ baseUrl: server.url });
  await client.auth.login({ email, password: PASSWORD, totpToken: backupCodes[2] });
  assert.equal((await client.users.get()).user.twoFactorEnabled, true);
});

test("new backup codes replace the old ones", async () => {
  const { client, secret, backupCodes } = await enrolled();
  const renewed = await client.users.regenerateBackupCodes({ token: codeOf(secret, 1) });
  assert.equal(renewed.backupCodes.length, 10);
  assert.ok(!renewed.backupCodes.includes(backupCodes[0] ?? ""));
});

test("a disabled second factor is off", async () => {
  const { client, backupCodes } = await enrolled();
  await client.users.disable2fa({ password: PASSWORD, token: backupCodes[0] ?? "" });
  assert.equal((await client.users.twoFactor()).enabled, false);
});

test("a changed profile is kept", async () => {
  const { client } = await newOperator({ baseUrl: server.url });
  await client.users.update({ firstName: "Robin" });
  assert.equal((await client.users.get()).user.firstName, "Robin");
});

test("a changed password signs in", async () => {
  const { client, email } = await newOperator({ baseUrl: server.url });
  await client.users.changePassword({ currentPassword: PASSWORD, newPassword: "staple correct horse" });
  await client.auth.login({ email, password: "staple correct horse" });
});

test("a revoked session is over", async () => {
  const { client, email } = await newOperator({ baseUrl: server.url });
  const other = new MudbaseClient({ baseUrl: server.url });
  await other.auth.login({ email, password: PASSWORD });
  const { sessions } = await client.users.sessions();
  await client.users.revokeSession(sessions.find(({ current }) => !current)?._id ?? "");
  await assert.rejects(other.users.get(), AuthenticationError);
});

test("security events come page by page", async () => {
  const { client, email } = await newOperator({ baseUrl: server.url });
  await client.auth.login({ email, password: PASSWORD });
  const first = await client.users.securityEvents({ limit: 1 });
  const second = await client.users.securityEvents({ limit: 1, before: first.nextBefore });
  assert.notEqual(first.events[0]?._id, second.events[0]?._id);
});

test("an export holds the person", async () => {
  const { client, email } = await newOperator({ baseUrl: server.url });
  assert.equal((await client.users.exportData()).user.email, email);
});

test("an erasure signs out and leaves no account", async () => {
  const { client: operator } = await newOperator({ baseUrl: server.url });
  const { projectId } = await firstProject(operator);
  const client = new MudbaseClient({ baseUrl: server.url });
  const email = newEmail();
  await client.auth.register({ email, password: PASSWORD, firstName: "Robin", lastName: "Ode", projectId });
  await client.users.erase({ confirm: "DELETE", currentPassword: PASSWORD });
  assert.equal(client.getTokens(), null);
  await assert.rejects(client.auth.login({ email, password: PASSWORD, projectId }), AuthenticationError);
});

test("a project is made, changed and removed", async () => {
  const { client } = await newOperator({ baseUrl: server.url });
  const orgId = (await client.users.get()).user.org?._id ?? "";
  const { project } = await client.projects.create(orgId, { name: "Shop" });
  await client.projects.update(orgId, project._id, { description: "Boots", settings: { enableStorage: true } });
  const changed = await client.projects.get(orgId, project._id);
  assert.deepEqual([changed.description, changed.settings.enableStorage], ["Boots", true]);
  await client.projects.securityEvents(orgId, project._id);
  await client.projects.delete(orgId, project._id);
  assert.equal(
    (await client.projects.list(orgId)).projects.some(({ _id }) => _id === project._id),
    false,
  );
});

test("an API key is made, used, changed, renewed and removed", async () => {
  const { client } = await newOperator({ baseUrl: server.url });
  const { orgId, projectId } = await firstProject(client);
  const { apiKey } = await client.apiKeys.create({ name: "Back end", projectId });

  const backEnd = new MudbaseClient({ baseUrl: server.url });
  backEnd.setApiKey(apiKey.secret);
  assert.equal((await backEnd.projects.get(orgId, projectId))._id, projectId);
  assert.equal((await client.apiKeys.usage(apiKey._id)).usage.requests, 1);

  const { secret } = await client.apiKeys.regenerate(apiKey._id);
  assert.notEqual(secret, apiKey.secret);
  await client.apiKeys.update(apiKey._id, { isActive: false });
  assert.equal((await client.apiKeys.list()).apiKeys[0]?.isActive, false);
  await client.apiKeys.delete(apiKey._id);
  assert.equal((await client.apiKeys.list()).total, 0);
});

test("an API key does not stand for a person", async () => {
  const { client } = await newOperator({ baseUrl: server.url });
  const { projectId } = await firstProject(client);
  const { apiKey } = await client.apiKeys.create({ name: "Back end", projectId });
  const backEnd = new MudbaseClient({ baseUrl: server.url });
  backEnd.setApiKey(apiKey.secret);
  await assert.rejects(backEnd.users.setup2fa(), { name: "PermissionDeniedError", code: "API_KEY_NOT_SUPPORTED" });
});

test("the server says how it is", async () => {
  assert.equal((await new MudbaseClient({ baseUrl: server.url }).health()).status, "healthy");
});
