/**
 * `<mudbase-enrolment>`: walks a person through turning on a second factor. Importing this module defines the element.
 *
 * ```html
 * <mudbase-enrolment></mudbase-enrolment>
 * <script type="module">
 *   import { MudbaseClient } from "mudbase";
 *   import "mudbase/enrolment";
 *   document.querySelector("mudbase-enrolment").client = new MudbaseClient();
 * </script>
 * ```
 *
 * @packageDocumentation
 */

import { MudbaseEnrolment } from "./element.js";

export type { EnrolmentClient } from "./client.js";
export { ENGLISH, type EnrolmentStrings } from "./strings.js";
export { MudbaseEnrolment };

// A server that renders pages has no elements; a page may import this twice.
if (globalThis.customElements && !customElements.get("mudbase-enrolment")) {
  customElements.define("mudbase-enrolment", MudbaseEnrolment);
}

declare global {
  interface HTMLElementTagNameMap {
    "mudbase-enrolment": MudbaseEnrolment;
  }
}
