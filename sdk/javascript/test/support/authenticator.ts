/** An authenticator app: the codes of a secret (RFC 6238, SHA-1, 6 digits, 30 seconds). */

import { createHmac } from "node:crypto";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const STEP_MS = 30_000;

/** The code that the app shows, or the one it will show `steps` later: the server takes one step either way. */
export function codeOf(secret: string, steps = 0): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / STEP_MS) + steps));
  const digest = createHmac("sha1", decoded(secret)).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** A code that the app shows at no time near. */
export function wrongCodeFor(secret: string): string {
  const near = new Set(Array.from({ length: 25 }, (_, step) => codeOf(secret, step - 12)));
  const wrong = Array.from({ length: 26 }, (_, n) => String(n).padStart(6, "0")).find((code) => !near.has(code));
  return wrong ?? "";
}

function decoded(secret: string): Buffer {
  const bits = [...secret.replaceAll(" ", "")].map((char) => ALPHABET.indexOf(char).toString(2).padStart(5, "0"));
  const bytes = bits.join("").match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
}
