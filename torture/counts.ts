import type { Sink } from "./sink.ts";

/** `0 lost, 3 in doubt` */
export function said(...counts: readonly (readonly [number, string])[]): string {
  return counts.map(([count, what]) => `${count} ${what}`).join(", ");
}

export interface Repeated {
  readonly to: string;
  /** Mails that this recipient got. */
  readonly times: number;
  /** Of how many `Message-ID`s. */
  readonly ids: number;
}

/** Recipients that got more than one mail: where each is due one, those are sent twice. */
export function repeated(sink: Sink): Repeated[] {
  return [...sink.counts()]
    .map(([to, ids]) => ({
      to,
      times: [...ids.values()].reduce((sum, count) => sum + count, 0),
      ids: ids.size,
    }))
    .filter(({ times }) => times > 1);
}

/** Mails beyond the one that each recipient is due. */
export function tooMany(sink: Sink): number {
  return repeated(sink).reduce((sum, { times }) => sum + times - 1, 0);
}
