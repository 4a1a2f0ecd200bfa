/** The projects of an organisation. */

import { type CallOptions, type Http, segment } from "../http.js";
import type { EventsPage, EventsQuery, Message } from "../types/accounts.js";
import type { ChangedProject, NewProject, Project, ProjectChange, ProjectList } from "../types/projects.js";

/** The projects of an organisation: `client.projects`. */
export class Projects {
  readonly #http: Http;

  /** @internal */
  constructor(http: Http) {
    this.#http = http;
  }

  /** All projects of the organisation. */
  list(orgId: string, options?: CallOptions): Promise<ProjectList> {
    return this.#http.send("GET", path(orgId), options);
  }

  /** A new project, by an owner or admin. */
  create(orgId: string, project: NewProject, options?: CallOptions): Promise<ChangedProject> {
    return this.#http.send("POST", path(orgId), { ...options, body: project });
  }

  /** One project. Its people and its API keys may ask, too. */
  get(orgId: string, id: string, options?: CallOptions): Promise<Project> {
    return this.#http.send("GET", path(orgId, id), options);
  }

  /** Change name, description or settings; what is left out stays. */
  update(orgId: string, id: string, change: ProjectChange, options?: CallOptions): Promise<ChangedProject> {
    return this.#http.send("PATCH", path(orgId, id), { ...options, body: change });
  }

  /** Remove a project. */
  delete(orgId: string, id: string, options?: CallOptions): Promise<Message> {
    return this.#http.send("DELETE", path(orgId, id), options);
  }

  /** What happened to the accounts of a project, the newest first. */
  securityEvents(orgId: string, id: string, query?: EventsQuery, options?: CallOptions): Promise<EventsPage> {
    return this.#http.send("GET", `${path(orgId, id)}/security-events`, { ...options, query });
  }
}

function path(orgId: string, ...id: string[]): string {
  return ["/api/projects", segment(orgId), "projects", ...id.map(segment)].join("/");
}
