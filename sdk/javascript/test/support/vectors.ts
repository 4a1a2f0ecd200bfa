/** The vectors that the clients of all languages share. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { MudbaseClient, Tokens } from "../../src/index.ts";
import type { ScriptedAnswer } from "./scripted.ts";

export interface Operation {
  operation: string;
  ids?: string[];
  input?: Record<string, unknown>;
  request: { method: string; path: string; query?: Record<string, string>; body?: unknown };
  auth: "person" | "none";
  keepsTokens?: boolean;
  dropsTokens?: boolean;
}

export interface ErrorVector {
  name: string;
  answer: ScriptedAnswer;
  error: { class: string; status: number; code: string; message: string } & Record<string, unknown>;
}

export interface RetryVector {
  name: string;
  operation: string;
  answers: ScriptedAnswer[];
  requests: number;
  outcome: string;
  elapsedAtLeast?: number;
}

interface GivenTokens {
  token: string;
  refreshToken?: string;
  expiresIn: number;
}

export interface RefreshVector {
  name: string;
  tokens: GivenTokens;
  meanwhile?: GivenTokens;
  answers: ScriptedAnswer[];
  requests: string[];
  outcome: string;
  code?: string;
  after: { token: string; refreshToken?: string } | null;
  changes: (string | null)[];
}

function read<T>(name: string): T[] {
  return JSON.parse(readFileSync(fileURLToPath(new URL(`../../../vectors/${name}.json`, import.meta.url)), "utf8"));
}

export const OPERATIONS = read<Operation>("operations");
export const ERRORS = read<ErrorVector>("errors");
export const RETRIES = read<RetryVector>("retries");
export const REFRESHES = read<RefreshVector>("refresh");

/** Call the method that `operation` names, with its arguments. */
export function call(client: MudbaseClient, operation: Operation): Promise<unknown> {
  const names = operation.operation.split(".");
  const method = names.pop() ?? "";
  const owner = names.reduce((found, name) => Reflect.get(found, name), client as object);
  const given = operation.input === undefined ? [] : [operation.input];
  return Reflect.get(owner, method).call(owner, ...(operation.ids ?? []), ...given);
}

/** Tokens of a vector as they are now. */
export function given({ expiresIn, ...tokens }: GivenTokens): Tokens {
  return { ...tokens, expiresAt: Date.now() + expiresIn * 1000 };
}

/** The operation of that name, with its usual arguments. */
export function operationCalled(name: string): Operation {
  const found = OPERATIONS.find(({ operation }) => operation === name);
  if (!found) throw new Error(`no operation ${name}`);
  return found;
}
