// Names and roles that Scalar leaves out, for those who hear the page or have no mouse.

const MENDINGS = {
  ".scalar-app button[class*=copy-button]:not([aria-label])": (button) => {
    button.setAttribute("aria-label", "Copy");
  },
  ".scalar-app button[role=none]": (button) => button.removeAttribute("role"),
  ".scalar-app button[aria-controls]": (button) => {
    if (!document.getElementById(button.getAttribute("aria-controls"))) button.removeAttribute("aria-controls");
  },
  ".scalar-app [role=combobox]:not([aria-expanded])": (field) => field.setAttribute("aria-expanded", "false"),
  ".scalar-app .cm-content[role=textbox]:not([aria-label])": (field) => {
    field.setAttribute("aria-label", field.contentEditable === "true" ? "Body to send" : "Body that came back");
  },
  ".scalar-app .cm-scroller[tabindex='-1'], .scalar-app ul.endpoints:not([tabindex])": (box) => { box.tabIndex = 0; },
};

/** Mend what is under `root`, now and whenever Scalar draws more. */
export function mendIn(root) {
  let isWaiting = false;
  const mend = () => {
    isWaiting = false;
    for (const [selector, mending] of Object.entries(MENDINGS)) root.querySelectorAll(selector).forEach(mending);
  };
  new MutationObserver(() => {
    if (!isWaiting) requestAnimationFrame(mend);
    isWaiting = true;
  }).observe(root, { childList: true, subtree: true });
}
