import { CLOSE_MARK, OPEN_MARK, scanTags, type SourceFile, type Tag } from "./tags.ts";

/** Of partials inside each other. */
export const DEEPEST = 20;
/** In characters, with every partial as often as it stands there: a dozen small ones can stand for gigabytes. */
export const LARGEST_SOURCE = 300_000;

/** A tag that waits behind a placeholder while MJML works, and where its author wrote it. */
export interface Slot {
  readonly tag: Tag;
  readonly file: SourceFile;
}

/**
 * A whole document whose tags are placeholders, U+E000 number U+E001: nothing in them can be mangled by MJML, by
 * quotes in quotes, or by the making of the text part.
 */
export interface Composed {
  readonly text: string;
  /** By number. */
  readonly slots: Slot[];
  /** The author's file and offset of an offset in `text`. */
  origin(offset: number): { file: SourceFile; offset: number };
}

export function placeholder(id: number | string): string {
  return `${OPEN_MARK}${id}${CLOSE_MARK}`;
}

/**
 * Puts the body into its layout, partials into both, and a placeholder where each tag is. All must be checked; where
 * that found it too large, it is cut off.
 */
export function compose(
  root: SourceFile,
  partials: ReadonlyMap<string, { readonly file: SourceFile }>,
  body: SourceFile | null,
): Composed {
  const slots: Slot[] = [];
  const chunks: { at: number; file: SourceFile; offset: number }[] = [];
  let text = "";
  const add = (piece: string, file: SourceFile, offset: number) => {
    chunks.push({ at: text.length, file, offset });
    text += piece;
  };
  const walk = (file: SourceFile, depth: number) => {
    let from = 0;
    for (const tag of scanTags(file).tags) {
      add(file.source.slice(from, tag.start), file, from);
      from = tag.end;
      const isBody = tag.kind === "raw" && tag.name === "body" && file === root;
      const included = isBody ? body : tag.kind === "partial" ? partials.get(tag.name)?.file : undefined;
      if (included && depth < DEEPEST && chunks.length < LARGEST_SOURCE / 10) walk(included, depth + 1);
      else if (tag.kind !== "comment") {
        add(placeholder(slots.length), file, tag.start);
        slots.push({ tag, file });
      }
    }
    add(file.source.slice(from), file, from);
  };
  walk(root, 0);
  return {
    text,
    slots,
    origin: (offset) => {
      let low = 0;
      let high = chunks.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (chunks[middle]!.at <= offset) low = middle;
        else high = middle - 1;
      }
      const chunk = chunks[low]!;
      return { file: chunk.file, offset: chunk.offset + offset - chunk.at };
    },
  };
}

const MARKS = /\uE000([A-Z]?)(\d+)\uE001/g;

/** Puts the tags back in; `link` writes the tag of a link by its number. */
export function restore(text: string, slots: readonly Slot[], link: (number: number) => string): string {
  return text.replace(MARKS, (_, kind: string, id: string) =>
    kind === "" ? slots[Number(id)]!.tag.text : link(Number(id)),
  );
}
