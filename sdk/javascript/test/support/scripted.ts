/** A small HTTP server that gives the answers it was told to, and keeps what it was asked. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ScriptedAnswer {
  status?: number;
  headers?: Record<string, string>;
  json?: unknown;
  text?: string;
  fault?: "hang" | "stall" | "cut" | "drop" | "refuse";
}

export interface Received {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: IncomingMessage["headers"];
  body: unknown;
}

export class ScriptedServer {
  readonly received: Received[] = [];
  /** Done when a request has come, before it is answered. */
  onRequest: () => void = () => {};
  readonly #answers: ScriptedAnswer[];
  readonly #server: Server;

  private constructor(answers: ScriptedAnswer[]) {
    this.#answers = [...answers];
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** Listen, and give `answers` one after the other; after the last, cut every connection. */
  static async start(answers: ScriptedAnswer[], port = 0): Promise<ScriptedServer> {
    const scripted = new ScriptedServer(answers);
    await new Promise<void>((resolve) => scripted.#server.listen(port, "127.0.0.1", resolve));
    return scripted;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const chunk of request) text += chunk;
    const { pathname, searchParams } = new URL(request.url ?? "/", this.url);
    this.received.push({
      method: request.method ?? "",
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: request.headers,
      body: text ? JSON.parse(text) : undefined,
    });
    this.onRequest();
    const answer: ScriptedAnswer = this.#answers.shift() ?? { fault: "drop" };
    if (answer.fault === "hang") return;
    if (answer.fault === "drop") {
      request.socket.destroy();
      return;
    }
    const body = answer.text ?? JSON.stringify(answer.json ?? {});
    const type = answer.json === undefined ? {} : { "Content-Type": "application/json" };
    if (answer.fault === "cut" || answer.fault === "stall") {
      response.writeHead(200, { "Content-Length": "1000", ...answer.headers });
      response.write('{"user": {"email": "mor', () => answer.fault === "cut" && request.socket.destroy());
      return;
    }
    response.writeHead(answer.status ?? 200, { ...type, ...answer.headers });
    response.end(body);
  }
}

/** A server while `work` lasts. */
export async function withScripted<T>(
  answers: ScriptedAnswer[],
  work: (server: ScriptedServer) => Promise<T>,
): Promise<T> {
  const server = await ScriptedServer.start(answers);
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

/** A port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = await ScriptedServer.start([]);
  const { port } = server;
  await server.stop();
  return port;
}
