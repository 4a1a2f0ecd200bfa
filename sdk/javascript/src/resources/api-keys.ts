/** The API keys of an organisation. */

import { type CallOptions, type Http, segment } from "../http.js";
import type { Message } from "../types/accounts.js";
import type {
  ApiKeyChange,
  ApiKeyList,
  ApiKeyUsage,
  ChangedApiKey,
  CreatedApiKey,
  NewApiKey,
  RegeneratedApiKey,
} from "../types/projects.js";

/** The API keys of an organisation's projects: `client.apiKeys`. For owners and admins. */
export class ApiKeys {
  readonly #http: Http;

  /** @internal */
  constructor(http: Http) {
    this.#http = http;
  }

  /** All keys, without their secrets. */
  list(options?: CallOptions): Promise<ApiKeyList> {
    return this.#http.send("GET", "/api/api-keys", options);
  }

  /** A new key for a project. Its secret is shown this once. */
  create(key: NewApiKey, options?: CallOptions): Promise<CreatedApiKey> {
    return this.#http.send("POST", "/api/api-keys", { ...options, body: key });
  }

  /** Change name, permissions or limit of a key, or switch it off or on. */
  update(id: string, change: ApiKeyChange, options?: CallOptions): Promise<ChangedApiKey> {
    return this.#http.send("PATCH", `/api/api-keys/${segment(id)}`, { ...options, body: change });
  }

  /** Remove a key; it stops working at once. */
  delete(id: string, options?: CallOptions): Promise<Message> {
    return this.#http.send("DELETE", `/api/api-keys/${segment(id)}`, options);
  }

  /** A new secret for a key, shown this once; the old one is void at once. */
  regenerate(id: string, options?: CallOptions): Promise<RegeneratedApiKey> {
    return this.#http.send("POST", `/api/api-keys/${segment(id)}/regenerate`, options);
  }

  /** How much a key was used. */
  usage(id: string, options?: CallOptions): Promise<ApiKeyUsage> {
    return this.#http.send("GET", `/api/api-keys/${segment(id)}/usage`, options);
  }
}
