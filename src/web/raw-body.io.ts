import type { Duration } from "../instant.ts";

interface Bounds {
  /** Bytes that are kept: the rest is read and forgotten. */
  readonly keep: number;
  readonly most: number;
  /** All of it has to be here by then. */
  readonly within: Duration;
}

/** The first bytes of a body; `large` or `slow` where it is more, or takes longer, than it may. Memory is bounded. */
export async function readRawBody(
  body: ReadableStream<Uint8Array> | null,
  { keep, most, within }: Bounds,
): Promise<Uint8Array | "large" | "slow"> {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const kept: Uint8Array[] = [];
  let room = keep;
  let read = 0;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"slow">((resolve) => {
    timer = setTimeout(() => resolve("slow"), within);
  });
  const give = (answer: "large" | "slow") => {
    void reader.cancel().catch(() => undefined);
    return answer;
  };
  try {
    for (;;) {
      const next = await Promise.race([reader.read(), late]);
      if (next === "slow") return give("slow");
      if (next.done) return Buffer.concat(kept);
      read += next.value.length;
      if (read > most) return give("large");
      if (room > 0) kept.push(next.value.slice(0, room));
      room -= Math.min(room, next.value.length);
    }
  } finally {
    clearTimeout(timer);
  }
}
