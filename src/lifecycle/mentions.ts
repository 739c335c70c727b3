/** Finds a person's addresses in any text of ours: as they are, in JSON, and in the path of an address (`%40`). */
export interface Mentions {
  /** Lower case: what a database may look for first. It also finds longer addresses that end so. */
  readonly needles: readonly string[];
  isIn(text: string | null): boolean;
  /** The text without them. */
  blank(text: string): string;
}

const BLANK = "(erased)";

/** `addresses`: normalised. */
export function mentionsOf(addresses: readonly string[]): Mentions {
  const spellings = addresses.flatMap((address) => [
    address,
    JSON.stringify(address).slice(1, -1),
    encodeURIComponent(address),
    encodeURIComponent(address).replaceAll("%40", "@"),
  ]);
  const needles = [...new Set(spellings.map((spelling) => spelling.toLowerCase()))];
  // `ann@x.example` is not in `joann@x.example`, nor in `ann@x.example.org`.
  const any = needles.map((needle) => needle.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&")).join("|");
  const pattern = new RegExp(
    `(?<![\\p{L}\\p{N}._+-])(?:${any})(?![\\p{L}\\p{N}_-]|\\.[\\p{L}\\p{N}])`,
    "giu",
  );
  return {
    needles,
    isIn: (text) => text !== null && text.search(pattern) >= 0,
    blank: (text) => text.replaceAll(pattern, BLANK),
  };
}
