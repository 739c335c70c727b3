import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { Malformed } from "./malformed.ts";

export interface Flooded {
  readonly sent: number;
  /** How many answers by their status. */
  readonly statuses: ReadonlyMap<string, number>;
  /** Connections that did not get as many answers as they had requests, and answers that blame the server. */
  readonly faults: readonly string[];
}

const CONNECTIONS = 8;
/** Longer than any of it takes on a machine that has much else to do. */
const PATIENCE = 20_000;

/** Sends at least `count` requests, on some connections at a time, each until the server closes it. */
export async function flood(port: number, next: () => Malformed, count: number): Promise<Flooded> {
  let sent = 0;
  const statuses = new Map<string, number>();
  const faults: string[] = [];
  async function sendAll(): Promise<void> {
    while (sent < count) {
      const { bytes, count: requests, answers } = next();
      sent += requests;
      const said = await exchange(port, bytes, answers === null);
      const found = [...said.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status!);
      for (const status of found) statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (answers !== null && found.length !== answers)
        faults.push(`${found.length} answers to ${answers} requests:\n${bytes.toString("latin1")}`);
      if (found.some((status) => status.startsWith("5") && status !== "503"))
        faults.push(`${/HTTP\/1\.1 5[^]{0,500}/.exec(said)![0]}\nto\n${bytes.toString("latin1")}`);
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, sendAll));
  return { sent, statuses, faults };
}

async function exchange(port: number, bytes: Buffer, end: boolean): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.setTimeout(PATIENCE, () => socket.destroy(new Error("the server is silent")));
  if (end) socket.end(bytes);
  else socket.write(bytes);
  // A server that has refused a request need not read the rest of it.
  return text(socket).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ECONNRESET" || error.code === "EPIPE") return "";
    throw error;
  });
}
