import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { FIREFOX } from "./server.ts";

export interface Sent {
  readonly method: string;
  /** As it goes out: nothing is encoded or resolved. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const CONNECTIONS = 4;

/**
 * Sends all of them, on few connections and without waiting for an answer before the next, so that ten thousand take
 * half a second. → the different answers (as bytes came in, without what differs between equal ones) and how often.
 */
export async function pipelined(port: number, all: readonly Sent[]): Promise<Map<string, number>> {
  const shares = Array.from({ length: CONNECTIONS }, (_, share) =>
    all.filter((_one, index) => index % CONNECTIONS === share),
  );
  const found = new Map<string, number>();
  const said = await Promise.all(shares.filter(({ length }) => length > 0).map((one) => send(port, one)));
  for (const answer of said.flatMap((stream) => stream.split(/(?=HTTP\/1\.1 \d{3} )/))) {
    const plain = answer.replace(/^(Date|Connection|Keep-Alive): .*\r\n/gim, "");
    found.set(plain, (found.get(plain) ?? 0) + 1);
  }
  return found;
}

function send(port: number, requests: readonly Sent[]): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const lines = requests.map(({ method, path, headers = {}, body = "" }, index) => {
    const head = Object.entries({ "user-agent": FIREFOX, ...headers }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    const last = index === requests.length - 1 ? "connection: close\r\n" : "";
    const length = `content-length: ${Buffer.byteLength(body)}\r\n`;
    return `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${head.join("")}${length}${last}\r\n${body}`;
  });
  socket.write(lines.join(""));
  return text(socket);
}
