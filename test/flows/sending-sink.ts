import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerSession } from "smtp-server";

/** What the server does for one recipient. Whatever happens after the dot, it has the mail then. */
export type Fate =
  | { readonly at: "rcpt" | "dot"; readonly code: number; readonly text: string }
  | "drop at rcpt"
  | "drop after 354"
  | "drop after the dot"
  | "hang at rcpt"
  | "hang after the dot";

export interface ReceivedMail {
  readonly to: string;
  readonly from: string;
  readonly raw: string;
  /** When its final dot arrived, epoch ms. */
  readonly at: number;
}

export interface Sink {
  readonly url: string;
  /** Mails whose final dot arrived, in order. */
  readonly mails: readonly ReceivedMail[];
  /** Recipients that were asked for, in order, refused ones too. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

interface SinkOptions {
  readonly heard?: (count: number) => void;
  /** How long it takes over its answer to the final dot, in ms or until then: it has the mail already. */
  readonly pause?: (to: string) => number | Promise<void>;
  /** One that is free where left out. */
  readonly port?: number;
}

/** A real mail server on loopback that treats each recipient as `fate` says, anew at each attempt; undefined: takes it. */
export async function openSink(
  fate: (to: string) => Fate | undefined = () => undefined,
  { heard, pause, port = 0 }: SinkOptions = {},
): Promise<Sink> {
  const mails: ReceivedMail[] = [];
  const asked: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    onRcptTo({ address }, session, answer) {
      asked.push(address);
      const what = fate(address);
      if (what === "drop at rcpt") return cut(session);
      if (what === "hang at rcpt") return;
      if (typeof what === "object" && what.at === "rcpt") return answer(refusal(what));
      answer();
    },
    onData(stream, session, answer) {
      const to = session.envelope.rcptTo[0]!.address;
      const from = session.envelope.mailFrom === false ? "" : session.envelope.mailFrom.address;
      const what = fate(to);
      let raw = "";
      stream.setEncoding("latin1");
      stream.on("data", (text: string) => {
        if (what === "drop after 354") cut(session);
        raw += text;
      });
      stream.on("end", () => {
        if (typeof what === "object") return answer(refusal(what));
        mails.push({ to, from, raw, at: Date.now() });
        heard?.(mails.length);
        if (what === "drop after the dot") return cut(session);
        if (what === "hang after the dot") return;
        if (!pause) return answer();
        const wait = pause(to);
        if (typeof wait === "number") setTimeout(answer, wait);
        else void wait.then(() => answer());
      });
    },
  });
  const cut = ({ id }: SMTPServerSession) => {
    for (const connection of server.connections as Set<Connection>) {
      if (connection.session.id === id) connection._socket.destroy();
    }
  };
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    mails,
    asked,
    async close() {
      for (const connection of server.connections as Set<Connection>) connection._socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

interface Connection {
  readonly session: { readonly id: string };
  readonly _socket: { destroy(): void };
}

function refusal({ code, text }: { readonly code: number; readonly text: string }): Error {
  return Object.assign(new Error(text), { responseCode: code });
}
