/** The words of the element, to be translated. */

/** Every text that the element shows. */
export interface EnrolmentStrings {
  /** While the enrolment is being started. */
  loading: string;
  /** Above picture and key. */
  scanTitle: string;
  scanText: string;
  /** Alternative text of the picture. */
  qrAlt: string;
  keyLabel: string;
  copyKey: string;
  codeLabel: string;
  codeHint: string;
  verify: string;
  /** Where the sign-in is some time ago. */
  passwordTitle: string;
  passwordText: string;
  passwordLabel: string;
  /** Where another authenticator is on. */
  replaceTitle: string;
  replaceText: string;
  replaceLabel: string;
  /** Where the server gives backup codes only after the enrolment. */
  nextCodeTitle: string;
  nextCodeText: string;
  continue: string;
  codesTitle: string;
  codesText: string;
  copyCodes: string;
  download: string;
  print: string;
  /** Name of the downloaded file. */
  fileName: string;
  saved: string;
  savedMissing: string;
  finish: string;
  doneTitle: string;
  doneText: string;
  copied: string;
  copyFailed: string;
  downloaded: string;
  retry: string;
  /** Where nothing is known of what went wrong. */
  failed: string;
  /** Where the field is empty. */
  empty: string;
  /** Texts in place of the server's, by its code, such as `INVALID_TWO_FACTOR_CODE`. */
  errors: Record<string, string>;
}

/** The words in English. */
export const ENGLISH: EnrolmentStrings = {
  loading: "One moment…",
  scanTitle: "Add this account to your authenticator app",
  scanText: "Scan the picture with your app, or type the key into it.",
  qrAlt: "QR code for your authenticator app. The key below says the same.",
  keyLabel: "Key",
  copyKey: "Copy key",
  codeLabel: "Code from your app",
  codeHint: "The 6 digits that your app shows now.",
  verify: "Turn on",
  passwordTitle: "Enter your password",
  passwordText: "You signed in some time ago. Confirm that it is you.",
  passwordLabel: "Password",
  replaceTitle: "Replace your authenticator",
  replaceText: "A second factor is on already. It stays in force until the new one is.",
  replaceLabel: "Current code, or a backup code",
  nextCodeTitle: "Get your backup codes",
  nextCodeText: "Two-factor authentication is on. Wait for the next code in your app, and enter it.",
  continue: "Continue",
  codesTitle: "Save your backup codes",
  codesText: "Each signs you in once, should you lose your device. They are not shown again.",
  copyCodes: "Copy",
  download: "Download",
  print: "Print",
  fileName: "backup-codes.txt",
  saved: "I have saved them",
  savedMissing: "Save the codes first, and confirm it.",
  finish: "Finish",
  doneTitle: "Two-factor authentication is on",
  doneText: "From now on, signing in takes a code from your app.",
  copied: "Copied.",
  copyFailed: "Copying is not allowed here. Select the text, and copy it yourself.",
  downloaded: "Downloaded.",
  retry: "Try again",
  failed: "Something went wrong. Try again.",
  empty: "Fill in this field.",
  errors: {},
};
