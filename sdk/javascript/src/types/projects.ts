/** What goes in and out of the calls about projects, API keys and the server. */

/** Settings of a project. */
export interface ProjectSettings {
  allowAnonymousAuth: boolean;
  /** People must have a verified e-mail address to sign in. */
  requireEmailVerification: boolean;
  requirePhoneVerification: boolean;
  /** `pending` people wait for approval. */
  defaultUserAccountStatus: "active" | "pending";
  enableRealtime: boolean;
  enableStorage: boolean;
  enableFunctions: boolean;
}

/** A project. */
export interface Project {
  _id: string;
  name: string;
  description?: string;
  slug: string;
  /** Id of the organisation. */
  org: string;
  settings: ProjectSettings;
  createdAt: string;
  updatedAt: string;
}

/** The projects of an organisation. */
export interface ProjectList {
  projects: Project[];
  total: number;
}

/** A project to be. */
export interface NewProject {
  name: string;
  description?: string;
  /** Made from the name if left out. */
  slug?: string;
}

/** What to change of a project. */
export interface ProjectChange {
  name?: string;
  description?: string;
  settings?: Partial<ProjectSettings>;
}

/** A project that was made or changed. */
export interface ChangedProject {
  message: string;
  project: Project;
}

/** What a key may do with a resource. */
export interface ApiKeyPermission {
  resource: "auth" | "database" | "storage" | "functions" | "realtime" | "messaging";
  actions: ("create" | "read" | "update" | "delete")[];
}

/** So many requests in a window of so many seconds. */
export interface RateLimit {
  requests: number;
  window: number;
}

/** An API key, without its secret. */
export interface ApiKey {
  _id: string;
  name: string;
  project: { _id: string; name: string; slug: string };
  permissions: ApiKeyPermission[];
  rateLimit: RateLimit;
  usage: { requests: number; lastUsed?: string };
  isActive: boolean;
  expiresAt?: string;
  createdBy: { _id: string; firstName: string; lastName: string; email: string };
  createdAt: string;
}

/** The keys of an organisation. */
export interface ApiKeyList {
  apiKeys: ApiKey[];
  total: number;
}

/** An API key to be. */
export interface NewApiKey {
  name: string;
  projectId: string;
  /** Everything, if left out. */
  permissions?: ApiKeyPermission[];
  rateLimit?: Partial<RateLimit>;
  /** A date and time with its offset. Never, if left out. */
  expiresAt?: string;
}

/** What to change of a key. */
export interface ApiKeyChange {
  name?: string;
  permissions?: ApiKeyPermission[];
  rateLimit?: Partial<RateLimit>;
  isActive?: boolean;
}

/** A new key, with the secret that is shown this once. */
export interface CreatedApiKey {
  message: string;
  apiKey: ApiKey & { secret: string };
}

/** A key after a change. */
export interface ChangedApiKey {
  message: string;
  apiKey: ApiKey;
}

/** The new secret of a key, shown this once. */
export interface RegeneratedApiKey {
  message: string;
  secret: string;
}

/** How much a key was used, and how much it may be. */
export interface ApiKeyUsage {
  usage: { requests: number; lastUsed?: string };
  rateLimit: RateLimit;
  isActive: boolean;
  expiresAt?: string;
}

/** The state of the server. */
export interface Health {
  status: "healthy" | "unhealthy";
  timestamp: string;
  services: { database: string };
  version: string;
  /** Seconds. */
  uptime: number;
}
