// Scalar's API reference, with the page's credential and without a word to anybody else.
import { here } from "./address.js";
import { credential, onChange } from "./credential.js";
import { explainedFetch, plugin } from "./exchange.js";
import { mendIn } from "./mending.js";
import "./sign-in.js";

const mount = document.getElementById("reference");
const isOne = mount.classList.contains("one");
const dark = matchMedia("(prefers-color-scheme: dark)");

if (isOne) history.replaceState = () => {}; // Scalar would write into the address which part of it is in sight
mendIn(document.body);

const described = await fetch(mount.dataset.document);
const content = JSON.parse(await described.text(), (_key, value) => (typeof value === "string" ? here(value) : value));
const reference = window.Scalar.createApiReference(mount, configuration());
onChange(() => reference.updateConfiguration(configuration()));
dark.addEventListener("change", () => reference.updateConfiguration(configuration()));

function configuration() {
  return {
    content,
    authentication: authentication(),
    customFetch: explainedFetch,
    plugins: [plugin],
    generateOperationSlug: ({ method, path }) => `${method}${path}`.replaceAll("/", "-").replaceAll(/[{}]/g, "").toLowerCase(),
    withDefaultFonts: false,
    telemetry: false,
    agent: { disabled: true },
    mcp: { disabled: true },
    showDeveloperTools: "never",
    persistAuth: false,
    hideClientButton: true,
    documentDownloadType: "none",
    hideDarkModeToggle: true,
    forceDarkModeState: dark.matches ? "dark" : "light",
    showSidebar: !isOne,
    hideSearch: isOne,
    hideModels: isOne,
  };
}

function authentication() {
  const held = credential();
  if (held?.apiKey) {
    return { preferredSecurityScheme: "apiKeyAuth", securitySchemes: { apiKeyAuth: { value: held.apiKey } } };
  }
  return { preferredSecurityScheme: "bearerAuth", securitySchemes: { bearerAuth: { token: held?.token ?? "" } } };
}

const trying = document.getElementById("try");
if (trying) {
  trying.parentElement.hidden = false;
  trying.addEventListener("click", openClient);
  const state = document.getElementById("try-state");
  const before = state.textContent;
  document.addEventListener("mudguard-outcome", ({ detail }) => {
    state.textContent = detail ? `Last answer: ${detail.response.status}.` : before;
  });
}

/** Scalar draws a part when it comes near the window, so it is brought there first. */
function openClient() {
  const button = mount.querySelector(".show-api-client-button");
  if (button) {
    button.click();
    return;
  }
  mount.scrollIntoView({ behavior: "instant" });
  new MutationObserver((_changes, observer) => {
    const drawn = mount.querySelector(".show-api-client-button");
    if (!drawn) return;
    observer.disconnect();
    drawn.click();
  }).observe(mount, { childList: true, subtree: true });
}
