import { createServer, type AddressInfo, type Socket } from "node:net";
import { createSecureContext, TLSSocket, type SecureContextOptions } from "node:tls";

/**
 * What the server does at one point: a reply, `hang` (nothing for ever), `drop` (the end), a reply and the end, or a
 * reply at a byte a second.
 */
export type Step = string | { readonly reply: string; readonly then: "drop" } | { readonly drip: string };

export interface Script {
  readonly greeting?: Step;
  readonly ehlo?: Step;
  readonly extensions?: readonly string[];
  /** STARTTLS is offered; once it is asked for the server shows this certificate, or does that. */
  readonly starttls?: "hang" | "garbage" | SecureContextOptions;
  /** It reads a byte a second from here on. */
  readonly slow?: "from the start" | "from 354";
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
  readonly mails: readonly ScriptedMail[];
  /** Ends all connections. */
  cut(): void;
  close(): Promise<void>;
}

interface ScriptedMail {
  readonly from: string;
  readonly to: string;
  readonly raw: string;
}

/** An SMTP server that misbehaves as it is told. The script is asked anew for each connection (from 1). */
export async function scriptedServer(script: (connection: number) => Script): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const recipients: string[] = [];
  const mails: ScriptedMail[] = [];
  let connections = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    const said = script(++connections);
    const talk = { script: said, recipients, mails };
    converse(socket, talk, said.greeting ?? "220 sink ESMTP");
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return connections;
    },
    recipients,
    mails,
    cut,
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Talk {
  readonly script: Script;
  readonly recipients: string[];
  readonly mails: ScriptedMail[];
}

const SECOND = 1000;

function converse(socket: Socket, talk: Talk, greeting: Step | null): void {
  const { script, recipients, mails } = talk;
  let buffer = "";
  let body: string | null = null;
  let from = "";
  let to = "";
  let middle = script.middle;
  const act = (step: Step) => {
    if (step === "hang") return;
    if (typeof step === "object" && "drip" in step) drip(socket, `${step.drip}\r\n`);
    else if (typeof step === "object") socket.end(`${step.reply}\r\n`);
    else if (step === "drop") socket.destroy();
    else socket.write(`${step}\r\n`);
  };
  const extensions = [
    ...(script.extensions ?? []),
    ...(script.starttls && greeting !== null ? ["STARTTLS"] : []),
  ];
  const ehlo = ["250-sink", ...extensions.map((name) => `250-${name}`), "250 HELP"].join("\r\n");
  const hear = (chunk: Buffer) => {
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
      if (verb === "EHLO") act(script.ehlo ?? ehlo);
      else if (verb === "HELO") act(script.ehlo ?? "250 sink");
      else if (verb === "STAR") {
        socket.off("data", hear);
        return secure(socket, talk);
      } else if (verb === "MAIL") {
        from = /<(.*?)>/.exec(line)![1]!;
        act(script.mail ?? "250 2.1.0 ok");
      } else if (verb === "RCPT") {
        to = /<(.*?)>/.exec(line)![1]!;
        recipients.push(to);
        act(script.rcpt ?? "250 2.1.5 ok");
      } else if (verb === "DATA") {
        const step = script.data ?? "354 go ahead";
        if (typeof step === "string" && step.startsWith("354")) body = "";
        if (script.slow === "from 354") readSlowly(socket, hear);
        act(step);
      } else if (verb === "QUIT") {
        socket.end("221 bye\r\n");
      } else act("250 ok");
    }
  };
  socket.on("error", () => {});
  if (script.slow === "from the start") readSlowly(socket, hear);
  else socket.on("data", hear);
  if (greeting !== null) act(greeting);
}

function secure(socket: Socket, talk: Talk): void {
  const { starttls } = talk.script;
  socket.write("220 go ahead\r\n");
  if (starttls === "garbage") socket.write(Buffer.alloc(512, "no TLS "));
  if (typeof starttls !== "object") return;
  const secureContext = createSecureContext(starttls);
  converse(new TLSSocket(socket, { isServer: true, secureContext }), talk, null);
}

function drip(socket: Socket, text: string): void {
  every(SECOND, socket, (nth) => nth < text.length && socket.write(text[nth]!));
}

function readSlowly(socket: Socket, hear: (chunk: Buffer) => void): void {
  socket.off("data", hear).pause();
  every(SECOND, socket, () => {
    const byte = socket.read(1) as Buffer | null;
    if (byte) hear(byte);
  });
}

function every(pause: number, socket: Socket, act: (nth: number) => unknown): void {
  let nth = 0;
  const timer = setInterval(() => act(nth++), pause);
  socket.on("close", () => clearInterval(timer));
}
