/** How the element looks, unless parts and properties say otherwise. */

/** Sizes are relative, colours follow the page: `--mudbase-accent`, `--mudbase-on-accent` and `--mudbase-error`. */
export const STYLE = `
:host { display: block; max-width: 28rem; line-height: 1.5 }
:host([hidden]) { display: none }
* { box-sizing: border-box; font: inherit }
h2 { font-size: 1.25em; font-weight: 600; margin: 0 0 .5rem }
h2:focus { outline: none }
p { margin: 0 0 1rem }
img { display: block; width: 14rem; max-width: 100%; height: auto; image-rendering: pixelated; margin: 0 0 1rem; background: #fff }
label { display: block; font-weight: 600 }
input:not([type=checkbox]) { width: 100%; min-height: 2.75rem; padding: .25rem .75rem; border: 1px solid currentColor; border-radius: .375rem; background: transparent; color: inherit; letter-spacing: .1em }
input[aria-invalid=true] { border: 2px solid var(--mudbase-error, light-dark(#b00020, #ff8a95)) }
button { min-height: 2.75rem; padding: .25rem 1rem; border: 1px solid currentColor; border-radius: .375rem; background: transparent; color: inherit; cursor: pointer }
button[type=submit] { border-color: transparent; background: var(--mudbase-accent, #1d4ed8); color: var(--mudbase-on-accent, #fff) }
button[aria-disabled=true] { cursor: progress }
:focus-visible { outline: 3px solid var(--mudbase-accent, light-dark(#1d4ed8, #93b4ff)); outline-offset: 2px }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere }
ol { display: grid; grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); gap: .25rem 1rem; padding: 0; margin: 0 0 1rem; list-style: none; font-family: ui-monospace, monospace }
[part~=key], [part~=actions], [part~=saved] { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; margin: 0 0 1rem }
[part~=saved] input { width: 1.5rem; height: 1.5rem; margin: 0 }
[part~=error] { margin: .25rem 0 0; font-weight: 600; color: var(--mudbase-error, light-dark(#b00020, #ff8a95)) }
[part~=hint] { margin: 0 0 .25rem }
[part~=submit] { margin-top: 1rem }
[part~=status] { min-height: 1.5em; margin: .5rem 0 0 }
`;
