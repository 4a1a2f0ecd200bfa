// The panel that gets a credential: registering, signing in with or without a second factor, or pasting one.
import { credential, hold, onChange } from "./credential.js";

const panel = document.getElementById("sign-in");
const form = document.getElementById("credential-form");
const state = document.getElementById("credential-state");
const problem = document.getElementById("credential-problem");
const actions = document.getElementById("credential-actions");
const submit = form.querySelector("[type=submit]");
const restart = document.getElementById("restart");
const renew = document.getElementById("renew");
const signOut = document.getElementById("sign-out");
const BUTTONS = { register: "Register", login: "Sign in", own: "Use it", code: "Send the code" };
let challenge = null;

panel.hidden = false;
show("register");
onChange(tellState);
setInterval(tellState, 20_000);

form.addEventListener("change", (event) => {
  if (event.target.name === "way") {
    problem.textContent = "";
    endChallenge(event.target.value);
  }
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.textContent = "";
  submit.disabled = true;
  try {
    await (challenge ? answerChallenge() : { register, login, own }[form.way.value]());
  } catch (error) {
    problem.textContent = error.message;
  } finally {
    submit.disabled = false;
  }
});

restart.addEventListener("click", () => {
  problem.textContent = "";
  endChallenge("login");
  form.password.focus();
});

signOut.addEventListener("click", async () => {
  signOut.disabled = true;
  const { token } = credential();
  forget();
  try {
    if (token) await send("POST", "/api/auth/logout", { token });
  } catch (error) {
    if (error.status !== 401) {
      problem.textContent = `This page has forgotten the token, but the session may go on: ${error.message}`;
      signOut.disabled = false;
      return;
    }
  }
  location.reload(); // Scalar keeps the answers that somebody got until then
});

renew.addEventListener("click", async () => {
  problem.textContent = "";
  renew.disabled = true; // a refresh token that is sent twice ends its session
  const { name, refreshToken } = credential();
  try {
    signedIn(await send("POST", "/api/auth/refresh", { body: { refreshToken } }), name);
  } catch (error) {
    problem.textContent = error.message;
    if (error.status === 401) forget();
  } finally {
    renew.disabled = false;
  }
});

function forget() {
  hold(null);
  form.reset();
  show("register");
  form.elements.email.focus();
}

function show(way) {
  for (const part of form.querySelectorAll("[data-ways]")) {
    const isWanted = part.dataset.ways.split(" ").includes(way);
    part.hidden = !isWanted;
    for (const input of part.querySelectorAll("input")) input.disabled = !isWanted;
  }
  submit.textContent = BUTTONS[way];
  restart.hidden = way !== "code";
}

function endChallenge(way) {
  challenge = null;
  show(way);
  tellState();
}

const kind = () => (form.projectId.value ? "/api/auth/local" : "/api/auth");
const project = () => (form.projectId.value ? { projectId: form.projectId.value } : {});

async function register() {
  const names = { firstName: form.firstName.value, lastName: form.lastName.value };
  const terms = form.projectId.value ? {} : { agreedToTerms: form.agreedToTerms.checked };
  const body = { email: form.email.value, password: form.password.value, ...names, ...terms, ...project() };
  signedIn(await send("POST", `${kind()}/register`, { body }), body.email);
}

async function login() {
  const body = { email: form.email.value, password: form.password.value, ...project() };
  try {
    signedIn(await send("POST", `${kind()}/login`, { body }), body.email);
  } catch (error) {
    if (error.code !== "TWO_FACTOR_REQUIRED") throw error;
    challenge = { token: error.body.challengeToken, name: body.email };
    show("code");
    form.code.value = "";
    form.code.focus();
    state.textContent = "The password is right. Enter a code of your authenticator to finish.";
  }
}

async function answerChallenge() {
  try {
    const body = { challengeToken: challenge.token, token: form.code.value };
    signedIn(await send("POST", "/api/auth/2fa/challenge", { body }), challenge.name);
  } catch (error) {
    if (error.code === "INVALID_CHALLENGE") endChallenge("login");
    throw error;
  }
}

async function own() {
  const value = form.own.value.trim().replace(/^bearer\s+/i, "");
  if (!/^[\w.~+/=-]+$/.test(value)) {
    throw new Error("That is neither a token nor an API key: there is a character in it that none has. Copy it whole.");
  }
  if (value.startsWith("mb_")) {
    hold({ apiKey: value });
    return;
  }
  const { user } = await send("GET", "/api/users/me", { token: value });
  signedIn({ token: value }, user.email);
}

function signedIn({ token, refreshToken }, name) {
  if (!token) throw new Error("The account is made, but has no token yet: the project wants a verified address first.");
  challenge = null;
  form.password.value = form.code.value = form.own.value = "";
  hold({ token, refreshToken, name, expiresAt: Date.now() + lifetime(token) });
  signOut.focus();
}

/** Milliseconds that a new token lives, by its own account. */
function lifetime(token) {
  const claims = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  return Math.min(claims.exp - claims.iat, claims.exp - Date.now() / 1000) * 1000;
}

function tellState() {
  const held = credential();
  form.hidden = Boolean(held);
  actions.hidden = !held;
  renew.hidden = !held?.refreshToken;
  const text = !held ? (challenge ? state.textContent : "Nobody is signed in.") : described(held);
  if (state.textContent !== text) state.textContent = text;
}

function described(held) {
  if (held.apiKey) return "An API key is used. It stands for a project: endpoints of a person refuse it with 403.";
  const minutes = Math.ceil((held.expiresAt - Date.now()) / 60_000);
  if (minutes <= 0) return `The token of ${held.name} has expired: requests get 401. Renew it, or sign in again.`;
  return `Signed in as ${held.name}, for ${minutes} more minute${minutes === 1 ? "" : "s"}.`;
}

/** The answer's body. Throws an error that says what happened. */
async function send(method, path, { body, token } = {}) {
  const headers = { ...(body && { "Content-Type": "application/json" }), ...(token && { Authorization: `Bearer ${token}` }) };
  let response;
  try {
    response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Error("The server does not answer. Check that it runs and that you are online, then try again.");
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw Object.assign(new Error(explained(response, answer)), { status: response.status, code: answer.code, body: answer });
}

function explained(response, { error, details }) {
  const fields = details && typeof details === "object" ? ` (${Object.entries(details).map(([field, text]) => `${field}: ${text}`).join("; ")})` : "";
  const wait = response.headers.get("Retry-After");
  return `${error ?? `The server answered ${response.status} and no more.`}${fields}${wait ? ` That is in ${wait} seconds.` : ""}`;
}
