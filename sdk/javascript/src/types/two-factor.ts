/** What goes in and out of the calls about the second factor. */

/** A started enrolment. */
export interface TwoFactorSetup {
  /** 160 random bits in base32. */
  secret: string;
  /** A PNG as a data URI, for the `src` of an image; an authenticator app scans it. */
  qrCode: string;
  /** The secret in groups of four, to be typed by hand. */
  manualEntryKey: string;
  /**
   * 10 codes of 8 digits, each good once; they count once the enrolment is verified. Left out where the server is set
   * not to give them here: get them from `regenerateBackupCodes`.
   */
  backupCodes?: string[];
}

/** What a setup may have to prove. */
export interface TwoFactorProof {
  /** Needed when the sign-in is over an hour old. */
  password?: string;
  /** Needed when a second factor is on: a code of it, or a backup code. */
  token?: string;
}

/** A code. */
export interface TwoFactorVerification {
  /** The 6 digits that the app shows. Spaces and hyphens are ignored. */
  token: string;
}

/** Both proofs, to turn the second factor off. */
export interface TwoFactorDisabling {
  /** The current password. */
  password: string;
  /** The 6 digits that the app shows, or a backup code. */
  token: string;
}

/** Where the second factor stands. */
export interface TwoFactorStatus {
  /** Whether sign-in asks for a code. */
  enabled: boolean;
  /** Whether a setup waits to be verified. */
  pending: boolean;
  /** When it was turned on. */
  enabledAt?: string;
  /** How many backup codes are unused. */
  backupCodesRemaining: number;
}

/** A set of backup codes. */
export interface BackupCodes {
  /** Each good once. */
  backupCodes: string[];
}
