import { createServer, type AddressInfo, type Socket } from "node:net";

/** What the server does at one point: a reply, `hang` (nothing for ever), `drop` (the end), or a reply and the end. */
type Step = string | { readonly reply: string; readonly then: "drop" };

export interface Script {
  readonly greeting?: Step;
  readonly extensions?: readonly string[];
  readonly mail?: Step;
  readonly rcpt?: Step;
  readonly data?: Step;
  /** At the first bytes after 354. */
  readonly middle?: Step;
  /** At the final dot. */
  readonly end?: Step;
}

export interface ScriptedServer {
  readonly url: string;
  readonly connections: number;
  readonly recipients: readonly string[];
  /** Mails whose final dot arrived, with their return path. */
  readonly mails: readonly { readonly from: string; readonly to: string; readonly raw: string }[];
  close(): Promise<void>;
}

/** An SMTP server that misbehaves as it is told. The script is asked anew for each connection (from 1). */
export async function scriptedServer(script: (connection: number) => Script): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const recipients: string[] = [];
  const mails: { from: string; to: string; raw: string }[] = [];
  let connections = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
    converse(socket, script(++connections), recipients, mails);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return connections;
    },
    recipients,
    mails,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function converse(
  socket: Socket,
  script: Script,
  recipients: string[],
  mails: { from: string; to: string; raw: string }[],
) {
  let buffer = "";
  let body: string | null = null;
  let from = "";
  let to = "";
  let middle = script.middle;
  const act = (step: Step) => {
    if (step === "hang") return;
    if (typeof step !== "string") socket.end(`${step.reply}\r\n`);
    else if (step === "drop") socket.destroy();
    else socket.write(`${step}\r\n`);
  };
  act(script.greeting ?? "220 sink ESMTP");
  socket.on("data", (chunk) => {
    buffer += chunk.toString("latin1");
    for (;;) {
      if (body !== null) {
        if (middle !== undefined) {
          act(middle);
          middle = undefined;
          return;
        }
        const empty = buffer.startsWith(".\r\n");
        const end = empty ? -2 : buffer.indexOf("\r\n.\r\n");
        if (end === -1) return;
        if (!empty) mails.push({ from, to, raw: buffer.slice(0, end + 2) });
        buffer = buffer.slice(end + 5);
        body = null;
        act(script.end ?? "250 2.0.0 taken");
        continue;
      }
      const end = buffer.indexOf("\r\n");
      if (end < 0) return;
      const line = buffer.slice(0, end);
      buffer = buffer.slice(end + 2);
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === "EHLO")
        act(["250-sink", ...(script.extensions ?? []).map((name) => `250-${name}`), "250 HELP"].join("\r\n"));
      else if (verb === "MAIL") {
        from = /<(.*?)>/.exec(line)![1]!;
        act(script.mail ?? "250 2.1.0 ok");
      } else if (verb === "RCPT") {
        to = /<(.*?)>/.exec(line)![1]!;
        recipients.push(to);
        act(script.rcpt ?? "250 2.1.5 ok");
      } else if (verb === "DATA") {
        const step = script.data ?? "354 go ahead";
        if (typeof step === "string" && step.startsWith("354")) body = "";
        act(step);
      } else if (verb === "QUIT") {
        socket.end("221 bye\r\n");
      } else act("250 ok");
    }
  });
}
