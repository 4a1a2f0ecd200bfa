/** Ways to keep backup codes: the clipboard, a file, paper. */

import { element } from "./dom.js";

/** Copy `text`. False where the browser does not allow it. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Save `text` as a file of that name. */
export function download(text: string, fileName: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  element("a", { href: address, download: fileName }).click();
  URL.revokeObjectURL(address);
}

/** Print `text` alone, without the page around it. */
export function print(title: string, text: string): void {
  const frame = element("iframe", { style: "position:fixed;width:0;height:0;border:0", "aria-hidden": "true" });
  document.body.append(frame);
  const page = frame.contentWindow;
  if (!page) return;
  page.document.title = title;
  page.document.body.append(element("h1", {}, title), element("pre", {}, text));
  page.addEventListener("afterprint", () => frame.remove());
  page.print();
}
