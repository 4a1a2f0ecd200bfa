// The credential that requests of this page carry. It lives in this module's memory and nowhere else.
let held = null;
const listeners = [];

/** `{token, refreshToken?, name, expiresAt?}`, `{apiKey}`, or null. */
export const credential = () => held;

export function hold(next) {
  held = next;
  for (const listener of listeners) listener(held);
}

export function onChange(listener) {
  listeners.push(listener);
}

/** `text` with the credential in the place of YOUR_TOKEN, and whether there was one. */
export function withToken(text) {
  const value = held?.token ?? held?.apiKey;
  return value && text.includes("YOUR_TOKEN") ? [text.replaceAll("YOUR_TOKEN", () => value), true] : [text, false];
}
