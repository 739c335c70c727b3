import type { IncomingMessage, Server, ServerResponse } from "node:http";

/**
 * Resolves once every request has its answer. A client that keeps its connection and asks on over it would hold up the
 * end for ever: each is told to come back over another one, which finds nobody here.
 */
export function stopListening(server: Server): Promise<void> {
  server.prependListener("request", (_request: IncomingMessage, response: ServerResponse) => {
    response.setHeader("connection", "close");
  });
  // Of those whose request came before this.
  server.keepAliveTimeout = 1;
  return new Promise((resolve) => server.close(() => resolve()));
}
