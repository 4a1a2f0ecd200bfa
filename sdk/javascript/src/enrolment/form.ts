/** A form with one field, whose errors are said aloud. */

import { element } from "./dom.js";

/** What a form asks. */
export interface Question {
  label: string;
  hint?: string;
  submit: string;
  /** Nothing typed. */
  empty: string;
  /** A password, or a code. */
  secret?: boolean;
  /** Where a backup code is fine too, letters are. */
  anyCode?: boolean;
  /** What to do with the answer. What it throws is shown, by way of `explain`. */
  answer: (typed: string) => Promise<void>;
  explain: (error: unknown) => string;
}

/** The form, and its field. */
export function oneFieldForm(question: Question): HTMLFormElement {
  const field = element("input", {
    id: "field",
    part: "field",
    type: question.secret ? "password" : "text",
    autocomplete: question.secret ? "current-password" : "one-time-code",
    inputmode: question.secret || question.anyCode ? undefined : "numeric",
    autocapitalize: "off",
    spellcheck: "false",
    "aria-required": "true",
    "aria-describedby": question.hint ? "hint error" : "error",
  });
  const error = element("p", { id: "error", part: "error", role: "alert" });
  const submit = element("button", { type: "submit", part: "button submit" }, question.submit);
  const form = element(
    "form",
    { part: "form", novalidate: "" },
    element("label", { for: "field", part: "label" }, question.label),
    ...(question.hint ? [element("p", { id: "hint", part: "hint" }, question.hint)] : []),
    field,
    error,
    submit,
  );

  const refuse = (text: string): void => {
    error.textContent = text;
    field.setAttribute("aria-invalid", "true");
    field.focus();
    field.select();
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submit.getAttribute("aria-disabled")) return;
    error.textContent = "";
    field.removeAttribute("aria-invalid");
    const typed = question.secret ? field.value : field.value.trim();
    if (!typed) return refuse(question.empty);
    submit.setAttribute("aria-disabled", "true");
    try {
      await question.answer(typed);
    } catch (failure) {
      refuse(question.explain(failure));
    } finally {
      submit.removeAttribute("aria-disabled");
    }
  });
  return form;
}
