import { openSink as openServer, type Fate, type ReceivedMail } from "../test/flows/sending-sink.ts";
import { reached } from "./reached.ts";

export interface SinkOptions {
  /** What becomes of an attempt for this recipient; undefined: it is taken. */
  readonly fate?: (to: string) => Fate | undefined;
  /** How long it takes over its answer to the final dot, in ms or until then: it has the mail already. */
  readonly pause?: (to: string) => number | Promise<void>;
  /** One that is free where left out. */
  readonly port?: number;
}

/** A mail server that counts: what it took is the truth that the database is held against. */
export interface Sink {
  readonly url: string;
  /** Mails whose final dot arrived, answered or not, in order. */
  readonly mails: readonly ReceivedMail[];
  /** Recipients that were asked for, in order, refused ones too. */
  readonly asked: readonly string[];
  /** Resolves once it has so many mails; throws where none comes for some minutes. */
  reached(count: number): Promise<void>;
  /** How often each recipient got each mail, by `Message-ID`. */
  counts(): ReadonlyMap<string, ReadonlyMap<string, number>>;
  close(): Promise<void>;
}

export async function openSink({ fate, pause, port }: SinkOptions = {}): Promise<Sink> {
  const server = await openServer(fate, {
    ...(pause && { pause }),
    ...(port !== undefined && { port }),
  });
  return {
    ...server,
    reached: (count) => reached("mail", () => server.mails.length, count),
    counts() {
      const counts = new Map<string, Map<string, number>>();
      for (const { to, raw } of server.mails) {
        const id = /^message-id:\s*(\S+)/im.exec(raw)?.[1] ?? "without a Message-ID";
        const ofRecipient = counts.get(to) ?? new Map<string, number>();
        ofRecipient.set(id, (ofRecipient.get(id) ?? 0) + 1);
        counts.set(to, ofRecipient);
      }
      return counts;
    },
  };
}
