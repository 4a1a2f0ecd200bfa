/**
 * Client for a Mudguard server: accounts, sign-in and two-factor authentication.
 *
 * @packageDocumentation
 */

export { type ClientOptions, MudbaseClient } from "./client.js";
export * from "./errors.js";
export type { CallOptions } from "./http.js";
export type { ApiKeys } from "./resources/api-keys.js";
export type { Auth } from "./resources/auth.js";
export type { Projects } from "./resources/projects.js";
export type { Users } from "./resources/users.js";
export type { Tokens } from "./tokens.js";
export { TwoFactorRequired } from "./two-factor-required.js";
export type * from "./types/accounts.js";
export type * from "./types/projects.js";
export type * from "./types/two-factor.js";
