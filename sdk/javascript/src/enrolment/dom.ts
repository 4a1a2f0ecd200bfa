/** Elements, made without any HTML text: nothing that a server says becomes markup, and a strict CSP is content. */

type Child = Node | string;

/** An element with attributes and children. Attributes that are `undefined` are left out. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Record<string, string | undefined> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(attribute, value);
  }
  made.append(...children);
  return made;
}

/** A button that does something else than to submit. */
export function button(part: string, label: string, act: () => unknown): HTMLButtonElement {
  const made = element("button", { type: "button", part: `button ${part}` }, label);
  made.addEventListener("click", act);
  return made;
}
