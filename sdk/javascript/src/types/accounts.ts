/** What goes in and out of the calls about accounts and sessions. */

/** A sentence that says what was done. */
export interface Message {
  message: string;
}

/** An e-mail address and a password. */
export interface Credentials {
  email: string;
  password: string;
  /** A code of the second factor, to do both steps at once. */
  totpToken?: string;
}

/** The credentials of a person of a project. */
export interface LocalCredentials extends Credentials {
  /** The project that the account belongs to. */
  projectId: string;
}

/** Who wants an account. */
export interface Registration {
  email: string;
  /** 8 to 128 characters. */
  password: string;
  firstName: string;
  lastName: string;
}

/** Who wants to be an operator, with an organisation. */
export interface OperatorRegistration extends Registration {
  orgName?: string;
  agreedToTerms: true;
}

/** Who wants to join a project. */
export interface LocalRegistration extends Registration {
  projectId: string;
}

/** A half-finished sign-in and the code that finishes it. */
export interface Challenge {
  challengeToken: string;
  /** The 6 digits that the app shows, or a backup code. */
  token: string;
}

/** A person. */
export interface User {
  _id: string;
  email: string;
  firstName: string;
  lastName: string;
  fullName: string;
  avatar?: string;
  role: "owner" | "admin" | "member" | "viewer";
  /** The project's own role; `null` for operators. */
  customRole: string | null;
  isAnonymous: boolean;
  emailVerified: boolean;
  phoneVerified: boolean;
  twoFactorEnabled: boolean;
  lastLogin?: string;
  createdAt: string;
  updatedAt: string;
  /** Of operators. */
  org?: { _id: string; name: string; slug: string };
}

/** A person of a project, as sign-in shows them. */
export interface LocalUser {
  id: string;
  email: string;
  firstName: string;
  lastName: string;
  role: string;
  emailVerified: boolean;
  twoFactorEnabled: boolean;
}

/** A person of a project, as sign-up shows them. */
export interface NewLocalUser {
  id: string;
  email: string;
  firstName: string;
  lastName: string;
  emailVerified: boolean;
  customRole: string | null;
}

/** The tokens of an answer. The client has kept them already. */
export interface IssuedTokens {
  message: string;
  token: string;
  refreshToken: string;
  /** Seconds that `token` lives. */
  expiresIn: number;
}

/** An operator's sign-in. */
export interface OperatorSignIn extends IssuedTokens {
  user: User;
}

/** The sign-in of a person of a project. */
export interface LocalSignIn extends IssuedTokens {
  user: LocalUser;
}

/** Either sign-in. */
export type SignIn = OperatorSignIn | LocalSignIn;

/** A sign-up to a project. Without tokens where a verified address or approval comes first. */
export interface LocalSignUp extends Partial<IssuedTokens> {
  message: string;
  requireVerification: boolean;
  user: NewLocalUser;
}

/** The current session. */
export interface Session {
  user: User;
  authenticated: boolean;
}

/** The person. */
export interface Profile {
  user: User;
}

/** The person after a change. */
export interface UpdatedProfile extends Profile {
  message: string;
}

/** What to change of a profile. */
export interface ProfileChange {
  firstName?: string;
  lastName?: string;
  /** An http or https address; empty to remove it. */
  avatar?: string;
}

/** The current password, and the one to come. */
export interface PasswordChange {
  currentPassword: string;
  newPassword: string;
}

/** What an erasure has to prove. */
export interface Erasure {
  confirm: "DELETE";
  currentPassword: string;
  /** Needed when a second factor is on. */
  totpToken?: string;
}

/** Everything that is kept about a person. */
export interface ExportedData {
  exportedAt: string;
  user: User;
  projects: Record<string, unknown>[];
  transactions: Record<string, unknown>[];
  files: Record<string, unknown>[];
  integrations: Record<string, unknown>[];
  apiKeys: Record<string, unknown>[];
}

/** One place where a person is signed in. */
export interface SessionDescription {
  _id: string;
  /** Whether it is this one. */
  current: boolean;
  /** `aal2` where a second factor was proved. */
  aal: string;
  address: string;
  userAgent: string;
  createdAt: string;
  lastUsedAt: string;
}

/** Where a person is signed in. */
export interface Sessions {
  sessions: SessionDescription[];
  total: number;
}

/** Which page of events. */
export interface EventsQuery {
  /** 1 to 200. Default: 50. */
  limit?: number;
  /** `nextBefore` of the last page. */
  before?: string;
}

/** Something that happened to an account. */
export interface SecurityEvent {
  _id: string;
  /** What was attempted, such as `sign_in.password`. */
  type: string;
  outcome: "success" | "refused";
  /** The code that it was refused with. */
  reason?: string;
  factor?: string;
  personId: string;
  actor: string;
  address: string;
  requestId: string;
  at: string;
}

/** A page of events, the newest first. */
export interface EventsPage {
  events: SecurityEvent[];
  /** Pass as `before` for older ones; left out at the end. */
  nextBefore?: string;
}
