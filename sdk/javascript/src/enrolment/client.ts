/** What the element needs of a client. */

import type { BackupCodes, TwoFactorProof, TwoFactorSetup, TwoFactorVerification } from "../types/two-factor.js";

/** Anything that can do these calls: a `MudbaseClient` that is signed in, of any version or copy of the package. */
export interface EnrolmentClient {
  users: {
    setup2fa(proof?: TwoFactorProof): Promise<TwoFactorSetup>;
    verify2fa(verification: TwoFactorVerification): Promise<unknown>;
    regenerateBackupCodes(verification: TwoFactorVerification): Promise<BackupCodes>;
  };
}
