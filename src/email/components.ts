import { suggest } from "../config/nearest.ts";
import type { Problem } from "../config/problems.ts";
import { type Composed, placeholder } from "./compose.ts";
import { URL_HELPERS } from "./language.ts";
import { type Attribute, type MarkupTag, markupTags } from "./markup.ts";
import { COMPONENTS, CONTAINERS, CONTENT, COPIED, LEAVES, LINKING, REFUSED } from "./mjml.ts";
import { problemAtOffset, type SourceFile } from "./tags.ts";

/** A link as its author wrote it: MJML may draw it more than once, it stays one link. */
export interface AuthorLink {
  readonly destination: string;
  /** False where MJML may put something before or after it: a base-url, a page that shares it. */
  readonly whole: boolean;
  readonly file: SourceFile;
  readonly offset: number;
}

/** MJML that keeps its meaning with Handlebars inside. */
export interface Prepared {
  readonly text: string;
  /** By the number in their placeholders, U+E000 `L` number U+E001. */
  readonly links: readonly AuthorLink[];
  readonly problems: Problem[];
}

const ADDED_TO = ["mj-navbar-link", "mj-social-element"];

const MARK = /\uE000(\d+)\uE001/g;

/** Outlook's `<!--[if mso]>`, `<!--[if !mso]><!-->`, `<!--<![endif]-->` and `<![endif]-->`. */
const CONDITIONAL = /<!(--)?\s*(<!)?\[[^\]]*\](-->|>(<!--+>)?)/g;

function spaces(text: string): string {
  return " ".repeat(text.length);
}

interface Element {
  readonly id: number;
  readonly name: string;
  readonly start: number;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Wraps block tags between components, replaces links by placeholders, adds the preheader and the language, and
 * refuses what MJML would silently drop or miscalculate. `preheader` is escaped HTML.
 */
export function prepareComponents(composed: Composed, preheader: string | null, lang: string): Prepared {
  return new Preparation(composed, preheader, lang).run();
}

class Preparation {
  private readonly composed: Composed;
  private readonly preheader: string | null;
  private readonly lang: string;
  private readonly edits: Edit[] = [];
  private readonly links: AuthorLink[] = [];
  private readonly problems: Problem[] = [];
  private readonly stack: Element[] = [];
  /** Open Handlebars blocks, by the element that they stand in. */
  private readonly blocks: { slot: number; place: number }[] = [];
  private elements = 0;
  /** A VML link that waits for the `<a>` it doubles. */
  private twin: { link: number; destination: string } | null = null;
  private headAt: { offset: number; inside: boolean } | null = null;

  constructor(composed: Composed, preheader: string | null, lang: string) {
    this.composed = composed;
    this.preheader = preheader;
    this.lang = lang;
  }

  run(): Prepared {
    const { text } = this.composed;
    let from = 0;
    for (const tag of markupTags(text)) {
      this.text(from, tag.start);
      from = tag.end;
      this.tag(tag);
    }
    this.text(from, text.length);
    for (const { name, start } of this.stack) this.report(start, `<${name}> is never closed`);
    this.addPreheader();
    return { text: applyEdits(text, this.edits), links: this.links, problems: this.problems };
  }

  private get top(): Element | undefined {
    return this.stack.at(-1);
  }

  private get inContent(): boolean {
    return this.top !== undefined && CONTENT.includes(this.top.name);
  }

  /** What stands between two tags. */
  private text(start: number, end: number): void {
    const text = this.composed.text.slice(start, end);
    const content = this.inContent;
    for (const found of text.matchAll(MARK)) {
      const slot = Number(found[1]);
      if (!content) this.between(slot, start + found.index, found[0].length);
      this.follow(slot, this.place());
    }
    if (content) {
      if (this.top!.name === "mj-style" && /\uE000/.test(text)) {
        this.report(start + text.indexOf("\uE000"), "a style can't hold Handlebars");
      }
      return;
    }
    const bare = text.replace(MARK, spaces).replace(CONDITIONAL, spaces);
    const found = bare.search(/\S/);
    if (found >= 0) {
      const where = this.top ? `inside <${this.top.name}>` : "outside of any component";
      this.report(start + found, `MJML drops text that stands ${where}`, "put it inside <mj-text>");
    }
  }

  /** A tag of Handlebars that stands between components, where MJML would drop it. */
  private between(slot: number, at: number, length: number): void {
    const { tag } = this.composed.slots[slot]!;
    const container = this.top?.name ?? "";
    if (tag.kind === "print" || tag.kind === "raw") {
      return this.report(at, `${tag.text} can't stand between components`, "put it inside <mj-text>");
    }
    if (!CONTAINERS[container]) {
      const where = container === "" ? "outside of <mjml>" : `inside <${container}>`;
      return this.report(
        at,
        `${tag.text} can't stand ${where}, which MJML works out before any lead is known`,
      );
    }
    this.edits.push(
      { start: at, end: at, text: "<mj-raw>" },
      { start: at + length, end: at + length, text: "</mj-raw>" },
    );
  }

  /** Where a block must end that begins here. An author's own mj-raw around a tag counts for nothing. */
  private place(): number {
    const element = this.top?.name === "mj-raw" ? this.stack.at(-2) : this.top;
    return element?.id ?? 0;
  }

  /** Holds that the parts of a block stand in one element, or the parts left over would not be HTML. */
  private follow(slot: number, place: number): void {
    const { kind, text } = this.composed.slots[slot]!.tag;
    if (kind === "open") this.blocks.push({ slot, place });
    if (kind !== "else" && kind !== "close") return;
    const block = kind === "else" ? this.blocks.at(-1) : this.blocks.pop();
    if (!block || block.place === place) return;
    const opener = this.composed.slots[block.slot]!.tag.text;
    this.reportSlot(
      slot,
      `${text} stands in another element than ${opener}`,
      "a block holds whole components",
    );
  }

  private tag(tag: MarkupTag): void {
    const component = tag.name === "mjml" || tag.name.startsWith("mj-");
    if (tag.closing) return this.close(tag, component);
    this.attributes(tag, component);
    if (!component) {
      if (!this.inContent) {
        const where = this.top ? `inside <${this.top.name}>` : "outside of <mjml>";
        this.report(tag.start, `<${tag.name}> can't stand ${where}`, "put it inside <mj-text> or <mj-raw>");
      }
      return;
    }
    if (this.inContent) return this.report(tag.start, `<${tag.name}> can't stand inside <${this.top!.name}>`);
    this.open(tag);
  }

  private open(tag: MarkupTag): void {
    const { name } = tag;
    if (REFUSED[name]) return this.report(tag.start, `<${name}> is no part of templates`, REFUSED[name]);
    if (!COMPONENTS.includes(name))
      return this.report(tag.start, `there is no <${name}>`, suggest(name, COMPONENTS));
    if (name === "mjml") {
      this.headAt ??= { offset: tag.end, inside: false };
      if (!tag.attributes.some((attribute) => attribute.name === "lang")) {
        this.edits.push({ start: tag.start + 5, end: tag.start + 5, text: ` lang="${this.lang}"` });
      }
    }
    if (name === "mj-head") this.headAt = { offset: tag.end, inside: !tag.selfClosing };
    if (name === "mj-preview" && this.preheader !== null) {
      this.report(
        tag.start,
        "there is a preheader in the front matter and an <mj-preview> too",
        "keep one of them",
      );
    }
    if (!tag.selfClosing) this.stack.push({ id: ++this.elements, name, start: tag.start });
  }

  private close(tag: MarkupTag, component: boolean): void {
    if (!component) return;
    if (this.top?.name === tag.name) return void this.stack.pop();
    if (LEAVES.includes(tag.name) || this.inContent) return;
    if (this.stack.some(({ name }) => name === tag.name)) {
      this.report(tag.start, `</${tag.name}> stands before the end of <${this.top!.name}>`);
      while (this.stack.pop()!.name !== tag.name);
    } else this.report(tag.start, `</${tag.name}> closes nothing`);
  }

  private attributes(tag: MarkupTag, component: boolean): void {
    const text = this.composed.text.slice(tag.start, tag.end);
    if (component) {
      for (const { name, value, start } of tag.attributes) {
        if (tag.name === "mj-style" && name === "inline") {
          this.report(
            start,
            'inline="inline" would tear Handlebars apart',
            "write the style where it applies",
          );
        }
        if (!value.includes("\uE000") || COPIED.test(name)) continue;
        this.report(
          start,
          `${name} of <${tag.name}> can't hold Handlebars: MJML works with it before any lead is known`,
        );
      }
    }
    const inValues = tag.attributes.map(({ value }) => value).join("");
    const place = ++this.elements;
    for (const found of text.matchAll(MARK)) {
      if (component && !inValues.includes(found[0])) {
        this.report(tag.start + found.index, `<${tag.name}> can't have Handlebars between its attributes`);
      }
      this.follow(Number(found[1]), place);
    }
    const href = tag.attributes.find(({ name }) => name === "href");
    if (href && (LINKING.includes(tag.name) || tag.name.startsWith("v:"))) this.link(tag, href);
  }

  private link(tag: MarkupTag, href: Attribute): void {
    const destination = decodeAmpersands(href.value).trim();
    const [mark] = href.value.match(MARK) ?? [];
    if (mark !== undefined) {
      const { kind, name } = this.composed.slots[Number(/\d+/.exec(mark)![0])]!.tag;
      if (destination === mark && kind === "print" && URL_HELPERS.includes(name)) return;
      const helpers = URL_HELPERS.slice(0, 3)
        .map((helper) => `{{${helper}}}`)
        .join(", ");
      const message = "a link's address can't hold Handlebars, since links are found once and tracked";
      return this.report(href.start, message, `the whole address may be one of ${helpers}`);
    }
    const doubled = tag.name === "a" && this.twin?.destination === destination ? this.twin.link : null;
    const number = doubled ?? this.links.length;
    const whole = !ADDED_TO.includes(tag.name);
    if (doubled === null) this.links.push({ destination, whole, ...this.composed.origin(href.valueStart) });
    this.twin = tag.name.startsWith("v:") ? { link: number, destination } : null;
    this.edits.push({ start: href.start, end: href.end, text: `href="${placeholder(`L${number}`)}"` });
  }

  private addPreheader(): void {
    if (this.preheader === null || this.headAt === null) return;
    const preview = `<mj-preview>${this.preheader}</mj-preview>`;
    const { offset, inside } = this.headAt;
    this.edits.push({ start: offset, end: offset, text: inside ? preview : `<mj-head>${preview}</mj-head>` });
  }

  private report(at: number, message: string, suggestion?: string): void {
    const { file, offset } = this.composed.origin(at);
    this.problems.push(problemAtOffset(file, offset, message, suggestion));
  }

  private reportSlot(slot: number, message: string, suggestion?: string): void {
    const { file, tag } = this.composed.slots[slot]!;
    this.problems.push(problemAtOffset(file, tag.start, message, suggestion));
  }
}

/** No edit adds or takes a line, so that MJML's own complaints keep their line numbers. */
function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = "";
  let from = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(from, edit.start) + edit.text;
    from = edit.end;
  }
  return result + text.slice(from);
}

function decodeAmpersands(value: string): string {
  return value.replace(/&(amp|#38|quot|#34|apos|#39);/gi, (_, name: string) => ENTITIES[name.toLowerCase()]!);
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  "#38": "&",
  quot: '"',
  "#34": '"',
  apos: "'",
  "#39": "'",
};
