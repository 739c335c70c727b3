import PostalMime from "postal-mime";
import type { ReceivedMail } from "../test/flows/sending-sink.ts";

/** Where a mail's own links lead, as paths: `/t/o/….gif`. */
export interface Links {
  readonly to: string;
  readonly pixel: string;
  /** The first one that a person sees. */
  readonly click: string;
  readonly unsubscribe: string;
}

export async function linksOf({ to, raw }: ReceivedMail): Promise<Links> {
  const { html = "" } = await PostalMime.parse(Buffer.from(raw, "latin1"));
  const first = (kind: string) => {
    const path = new RegExp(`/t/${kind}/[\\w.~-]+`).exec(html)?.[0];
    if (path === undefined) throw new Error(`a mail to ${to} has no link /t/${kind}/`);
    return path;
  };
  return { to, pixel: first("o"), click: first("c"), unsubscribe: first("u") };
}
