/** The element. */

import type { TwoFactorProof, TwoFactorSetup } from "../types/two-factor.js";
import type { EnrolmentClient } from "./client.js";
import { button, element } from "./dom.js";
import { oneFieldForm } from "./form.js";
import { copy, download, print } from "./keeping.js";
import { ENGLISH, type EnrolmentStrings } from "./strings.js";
import { STYLE } from "./style.js";

/** What a refused setup wants, by its code. */
const PROOFS = { REAUTHENTICATION_REQUIRED: "password", TWO_FACTOR_ALREADY_ENABLED: "token" } as const;

const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/**
 * `<mudbase-enrolment>`: picture and key, a code to turn the second factor on, then the backup codes.
 *
 * Give it a `client`; it starts when it has one and stands in a page. It sends `enrolment-verified` when the second
 * factor is on, and `enrolment-finished` when the backup codes are saved. Style it through its parts (`title`, `text`,
 * `qr`, `key`, `label`, `hint`, `field`, `button`, `submit`, `error`, `codes`, `actions`, `saved`, `status`) and the
 * properties `--mudbase-accent`, `--mudbase-on-accent` and `--mudbase-error`. A page with a Content-Security-Policy
 * needs `img-src data:`.
 */
export class MudbaseEnrolment extends Base {
  #client: EnrolmentClient | undefined;
  #strings = ENGLISH;
  #root: ShadowRoot | undefined;
  #status: HTMLElement | undefined;
  /** Goes up with every start, so that an answer to an earlier one is known as such. */
  #run = 0;

  /** The client of the person who enrols, signed in. Setting it starts the enrolment. */
  get client(): EnrolmentClient | undefined {
    return this.#client;
  }

  set client(client: EnrolmentClient | undefined) {
    this.#client = client;
    if (this.isConnected) void this.start();
  }

  /** Words to show in place of the English ones. Set them before the client. */
  get strings(): EnrolmentStrings {
    return this.#strings;
  }

  set strings(strings: Partial<EnrolmentStrings>) {
    this.#strings = { ...ENGLISH, ...strings };
  }

  connectedCallback(): void {
    void this.start();
  }

  disconnectedCallback(): void {
    this.#run += 1;
    this.#root?.replaceChildren(); // the secret leaves with the element
  }

  /** Start the enrolment, or start it anew. Nothing about sign-in changes until a code has proved the new secret. */
  async start(proof?: TwoFactorProof): Promise<void> {
    const client = this.#client;
    if (!client) return;
    this.#run += 1;
    const run = this.#run;
    if (!proof) this.#show(false, element("p", { part: "text" }, this.#strings.loading));
    try {
      const setup = await client.users.setup2fa(proof);
      if (run === this.#run) this.#scan(client, setup, Boolean(proof));
    } catch (error) {
      if (run !== this.#run) return;
      const { code = "" } = error as { code?: string };
      if (code in PROOFS) this.#askForProof(PROOFS[code as keyof typeof PROOFS], proof);
      else if (proof) throw error;
      else this.#offerAnotherStart(error);
    }
  }

  #scan(client: EnrolmentClient, setup: TwoFactorSetup, moved: boolean): void {
    const words = this.#strings;
    const key = element("code", {}, setup.manualEntryKey);
    this.#show(
      moved,
      this.#title(words.scanTitle),
      element("p", { part: "text" }, words.scanText),
      element("img", { part: "qr", src: setup.qrCode, alt: words.qrAlt }),
      element(
        "p",
        { part: "key" },
        element("span", {}, `${words.keyLabel}:`),
        key,
        button("copy-key", words.copyKey, () => this.#copy(setup.secret)),
      ),
      oneFieldForm({
        label: words.codeLabel,
        hint: words.codeHint,
        submit: words.verify,
        empty: words.empty,
        explain: (error) => this.#explain(error),
        answer: async (token) => {
          const run = this.#run;
          try {
            await client.users.verify2fa({ token });
          } catch (error) {
            if ((error as { code?: string }).code !== "TWO_FACTOR_SETUP_EXPIRED") throw error;
            await this.start();
            this.#say(this.#explain(error));
            return;
          }
          this.#tell("enrolment-verified");
          if (run !== this.#run) return;
          if (setup.backupCodes) this.#codes(setup.backupCodes);
          else this.#askForNextCode(client);
        },
      }),
    );
  }

  #offerAnotherStart(error: unknown): void {
    this.#show(
      false,
      element("p", { part: "error", role: "alert" }, this.#explain(error)),
      button("retry", this.#strings.retry, () => this.start()),
    );
  }

  /** Ask for what a setup has to prove, beside what was `given` already. */
  #askForProof(wanted: "password" | "token", given?: TwoFactorProof): void {
    const words = this.#strings;
    const secret = wanted === "password";
    this.#show(
      Boolean(given),
      this.#title(secret ? words.passwordTitle : words.replaceTitle),
      element("p", { part: "text" }, secret ? words.passwordText : words.replaceText),
      oneFieldForm({
        label: secret ? words.passwordLabel : words.replaceLabel,
        submit: words.continue,
        empty: words.empty,
        secret,
        anyCode: true,
        explain: (error) => this.#explain(error),
        answer: (typed) => this.start({ ...given, [wanted]: typed }),
      }),
    );
  }

  #askForNextCode(client: EnrolmentClient): void {
    const words = this.#strings;
    this.#show(
      true,
      this.#title(words.nextCodeTitle),
      element("p", { part: "text" }, words.nextCodeText),
      oneFieldForm({
        label: words.codeLabel,
        hint: words.codeHint,
        submit: words.continue,
        empty: words.empty,
        explain: (error) => this.#explain(error),
        answer: async (token) => {
          const run = this.#run;
          const { backupCodes } = await client.users.regenerateBackupCodes({ token });
          if (run === this.#run) this.#codes(backupCodes);
        },
      }),
    );
  }

  #codes(codes: string[]): void {
    const words = this.#strings;
    const text = `${codes.join("\n")}\n`;
    const box = element("input", { id: "saved", type: "checkbox", "aria-describedby": "error" });
    const error = element("p", { id: "error", part: "error", role: "alert" });
    const form = element(
      "form",
      { part: "form", novalidate: "" },
      element("div", { part: "saved" }, box, element("label", { for: "saved", part: "label" }, words.saved)),
      error,
      element("button", { type: "submit", part: "button submit" }, words.finish),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      error.textContent = box.checked ? "" : words.savedMissing;
      box.setAttribute("aria-invalid", String(!box.checked));
      if (!box.checked) return box.focus();
      this.#show(true, this.#title(words.doneTitle), element("p", { part: "text" }, words.doneText));
      this.#tell("enrolment-finished");
    });
    this.#show(
      true,
      this.#title(words.codesTitle),
      element("p", { part: "text" }, words.codesText),
      element("ol", { part: "codes", role: "list" }, ...codes.map((code) => element("li", {}, code))),
      element(
        "div",
        { part: "actions" },
        button("copy", words.copyCodes, () => this.#copy(text)),
        button("download", words.download, () => {
          download(text, words.fileName);
          this.#say(words.downloaded);
        }),
        button("print", words.print, () => print(words.codesTitle, text)),
      ),
      form,
    );
  }

  #title(text: string): HTMLElement {
    return element("h2", { part: "title", tabindex: "-1" }, text);
  }

  /** Show a step. A person who `moved` on to it is taken to its title; a page that just opened keeps its focus. */
  #show(moved: boolean, ...content: Node[]): void {
    if (!this.#root) {
      this.#root = this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      this.#root.adoptedStyleSheets = [sheet];
    }
    this.#status = element("p", { part: "status", role: "status" });
    this.#root.replaceChildren(...content, this.#status);
    if (moved) this.#root.querySelector("h2")?.focus();
  }

  #say(text: string): void {
    if (this.#status) this.#status.textContent = text;
  }

  async #copy(text: string): Promise<void> {
    this.#say((await copy(text)) ? this.#strings.copied : this.#strings.copyFailed);
  }

  #explain(error: unknown): string {
    const { code = "", message } = error as { code?: string; message?: string };
    return this.#strings.errors[code] ?? (code && message ? message : this.#strings.failed);
  }

  #tell(name: string): void {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true }));
  }
}
