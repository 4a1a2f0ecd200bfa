// What every page has: buttons that copy code, and samples in tabs.
import { here } from "./address.js";
import { credential, withToken } from "./credential.js";

addEventListener("pageshow", ({ persisted }) => {
  if (persisted && credential()) location.reload(); // the Back button brings the page as it was left, and it was to forget
});

for (const block of document.querySelectorAll("[data-copy]")) {
  const code = block.querySelector("code");
  const local = here(code.textContent);
  if (local !== code.textContent) code.textContent = local;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    const [text, isFilledIn] = withToken(code.textContent);
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = isFilledIn ? "Copied, with your token" : "Copied";
    } catch {
      button.textContent = "The browser does not let this page copy";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 3000);
  });
  block.append(button);
}

for (const group of document.querySelectorAll("[data-tabs]")) {
  const panels = [...group.querySelectorAll(":scope > [data-tab]")];
  const bar = document.createElement("div");
  bar.className = "tabs";
  bar.setAttribute("role", "tablist");
  bar.setAttribute("aria-label", group.dataset.tabs);
  const tabs = panels.map((panel) => {
    const heading = panel.querySelector("h3");
    const tab = document.createElement("button");
    tab.type = "button";
    tab.id = `tab-${heading.id}`;
    tab.textContent = heading.textContent;
    tab.setAttribute("role", "tab");
    panel.id = `panel-${heading.id}`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    tab.setAttribute("aria-controls", panel.id);
    tab.addEventListener("click", () => showEverywhere(panel.dataset.tab));
    bar.append(tab);
    return tab;
  });
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
    next.click();
    next.focus();
  });
  group.classList.add("has-tabs");
  group.prepend(bar);
  group.show = (kind) => {
    if (!panels.some((panel) => panel.dataset.tab === kind)) return;
    panels.forEach((panel, index) => {
      const isShown = panel.dataset.tab === kind;
      panel.hidden = !isShown;
      tabs[index].setAttribute("aria-selected", String(isShown));
      tabs[index].tabIndex = isShown ? 0 : -1;
    });
  };
  group.show(panels[0].dataset.tab);
}

function showEverywhere(kind) {
  for (const group of document.querySelectorAll("[data-tabs]")) group.show(kind);
}

if (matchMedia("(max-width: 860px)").matches) {
  for (const menu of document.querySelectorAll("details.menu")) menu.open = false;
}

document.querySelector(".side [aria-current]")?.scrollIntoView({ block: "nearest" });
