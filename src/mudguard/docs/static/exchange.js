// What came of a request, told under Scalar's response: the QR code as a picture, an error in plain words.
let outcome = null;
const shown = new Set();

class Outcome extends HTMLElement {
  connectedCallback() {
    shown.add(this);
    this.show();
  }

  disconnectedCallback() {
    shown.delete(this);
  }

  show() {
    this.replaceChildren(...(outcome ? told(outcome) : []));
  }
}
customElements.define("mudguard-outcome", Outcome);

/** A plugin for Scalar's client. Its component is the element above: Vue makes an element of a name. */
export const plugin = () => ({
  name: "mudguard",
  extensions: [],
  apiClientPlugins: [{
    hooks: {
      beforeRequest: () => tell(null),
      responseReceived: async ({ response }) => tell({ response, body: await response.json().catch(() => null) }),
    },
    components: { response: { component: "mudguard-outcome", additionalProps: {} } },
  }],
});

/** `fetch`, with an error that says what happened when no answer came. */
export async function explainedFetch(...request) {
  try {
    return await fetch(...request);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server did not answer: it is stopped, or the network is. Nothing came back, so whether the request was carried out is not known. Check the server, then send again.");
  }
}

function tell(next) {
  outcome = next;
  for (const element of shown) element.show();
  document.dispatchEvent(new CustomEvent("mudguard-outcome", { detail: next }));
}

function told({ response, body }) {
  if (typeof body?.qrCode === "string" && body.qrCode.startsWith("data:image/png;base64,")) {
    const picture = new Image();
    picture.src = body.qrCode;
    picture.alt = "QR code to scan with an authenticator app";
    return [paragraph("qrCode as a picture. Scan it with an authenticator app, or type manualEntryKey into the app."), picture];
  }
  if (response.ok) return [];
  if (!body?.error) {
    return [paragraph(`${response.status}: this is no answer of Mudguard. Something before it answered, such as a proxy.`)];
  }
  const wait = response.headers.get("Retry-After");
  return [paragraph(`${response.status} ${body.code}: ${body.error}${wait ? ` That is in ${wait} seconds.` : ""}`)];
}

function paragraph(text) {
  const made = document.createElement("p");
  made.textContent = text;
  return made;
}
