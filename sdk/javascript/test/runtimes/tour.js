/** What every runtime must be able to do, written with nothing but web standards. */

import { MudbaseClient, NetworkError, TwoFactorRequired } from "../../dist/index.js";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const PASSWORD = "correct horse battery";

/**
 * Sign up, turn the second factor on, sign in with it, and meet a server that is gone.
 *
 * @param {string} baseUrl a server
 * @param {string} nobody an address on which nobody listens
 * @returns what was seen on the way
 */
export async function tour(baseUrl, nobody) {
  const person = new MudbaseClient({ baseUrl });
  const email = `morgan-${crypto.randomUUID()}@northwind.test`;
  await person.auth.register({
    email,
    password: PASSWORD,
    firstName: "Morgan",
    lastName: "Chen",
    orgName: "Northwind",
    agreedToTerms: true,
  });
  const { secret, backupCodes } = await person.users.setup2fa();
  await person.users.verify2fa({ token: await codeOf(secret) });

  const later = new MudbaseClient({ baseUrl });
  const required = await later.auth.login({ email, password: PASSWORD }).catch((error) => error);
  if (!(required instanceof TwoFactorRequired)) throw required;
  await required.complete(backupCodes[0]);
  const { token, refreshToken } = later.getTokens();
  later.setTokens({ token, refreshToken, expiresAt: 0 });
  const calls = await Promise.all(Array.from({ length: 10 }, () => later.users.get()));

  const lost = await new MudbaseClient({ baseUrl: nobody, retries: 0 }).health().catch((error) => error);
  return {
    isSignedIn: calls.every(({ user }) => user.email === email),
    methods: required.methods,
    backupCodesRemaining: (await later.users.twoFactor()).backupCodesRemaining,
    lost: lost instanceof NetworkError,
  };
}

async function codeOf(secret) {
  const bits = [...secret].map((char) => ALPHABET.indexOf(char).toString(2).padStart(5, "0")).join("");
  const bytes = Uint8Array.from(bits.match(/.{8}/g), (byte) => Number.parseInt(byte, 2));
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-1" }, false, ["sign"]);
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(Math.floor(Date.now() / 30_000)));
  const digest = new DataView(await crypto.subtle.sign("HMAC", key, counter.buffer));
  const offset = digest.getUint8(19) & 15;
  return String((digest.getUint32(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
