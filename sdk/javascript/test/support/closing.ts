/** A server on bare sockets that keeps connections open, and closes one without a word when a change comes. */

import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";

const HEALTHY = '{"status":"healthy"}';

/** Answers reads; of other requests it reads the whole, writes down the first line, and closes the connection. */
export class ClosingServer {
  readonly received: string[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server = createServer((socket) => {
    let pending = "";
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      pending += chunk;
      const request = wholeRequest(pending);
      if (request === undefined) return;
      pending = "";
      if (request.startsWith("GET ")) {
        socket.write(
          `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${HEALTHY.length}\r\n\r\n${HEALTHY}`,
        );
        return;
      }
      this.received.push(request);
      socket.destroy();
    });
  });

  static async start(): Promise<ClosingServer> {
    const server = new ClosingServer();
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The first line of a request, once all of it is here. */
function wholeRequest(text: string): string | undefined {
  const [head = "", body] = text.split(/\r\n\r\n(.*)/s);
  if (body === undefined) return undefined;
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
  const isWhole = /^transfer-encoding: chunked/im.test(head) ? body.endsWith("0\r\n\r\n") : body.length >= length;
  return isWhole ? head.split(" HTTP/")[0] : undefined;
}
