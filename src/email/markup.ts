/** An attribute as it stands in a document; offsets of all of it and of what is inside the quotes. */
export interface Attribute {
  readonly name: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
  readonly valueStart: number;
}

export interface MarkupTag {
  /** Lower case. */
  readonly name: string;
  readonly closing: boolean;
  readonly selfClosing: boolean;
  readonly start: number;
  readonly end: number;
  readonly attributes: readonly Attribute[];
}

const TAG = /<(\/?)([a-zA-Z][\w:.-]*)/g;
// A placeholder (U+E000 … U+E001) where an attribute's name would be is passed over.
const ATTRIBUTE = /([^\s=>"'/\uE000]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?/y;

/** Every tag of MJML or HTML, those in conditional comments too, in order. */
export function* markupTags(text: string): Generator<MarkupTag> {
  TAG.lastIndex = 0;
  for (let found = TAG.exec(text); found; found = TAG.exec(text)) {
    const tag = readTag(text, found.index, TAG.lastIndex, found[2]!.toLowerCase(), found[1] === "/");
    yield tag;
    TAG.lastIndex = tag.end;
  }
}

function readTag(text: string, start: number, from: number, name: string, closing: boolean): MarkupTag {
  const attributes: Attribute[] = [];
  let at = from;
  while (at < text.length && text[at] !== ">") {
    ATTRIBUTE.lastIndex = at;
    const found = ATTRIBUTE.exec(text);
    if (!found) {
      at = text[at] === "\uE000" ? text.indexOf("\uE001", at) + 1 || text.length : at + 1;
      continue;
    }
    const value = found[2] ?? found[3] ?? found[4] ?? "";
    const end = ATTRIBUTE.lastIndex;
    const valueStart = end - value.length - (found[4] === undefined && /["']/.test(text[end - 1]!) ? 1 : 0);
    attributes.push({ name: found[1]!.toLowerCase(), value, start: at, end, valueStart });
    at = end;
  }
  return {
    name,
    closing,
    selfClosing: text[at - 1] === "/",
    start,
    end: Math.min(at + 1, text.length),
    attributes,
  };
}
