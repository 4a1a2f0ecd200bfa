// Samples name the server by MUDGUARD_PUBLIC_URL. Where that was left at its default, they name the server of this page.
const DEFAULT = "http://localhost:5000";

/** `text` of a sample, to be run against the server that this page came from. */
export function here(text) {
  if (location.origin === DEFAULT) return text;
  const quoted = JSON.stringify(location.origin);
  return text
    .replaceAll(DEFAULT, location.origin)
    .replaceAll("Host: localhost:5000", `Host: ${location.host}`)
    .replaceAll("new MudbaseClient()", `new MudbaseClient({ baseUrl: ${quoted} })`)
    .replaceAll("= MudbaseClient()", `= MudbaseClient(${quoted})`);
}
