/** The part of html-to-text 10 that email/text.ts uses; the package has no types of its own. */
declare module "html-to-text" {
  export interface DomNode {
    readonly type: string;
    readonly name?: string;
    readonly data?: string;
    readonly attribs?: Readonly<Record<string, string>>;
    readonly children?: DomNode[];
  }
  export interface Builder {
    addInline(text: string, options?: { noWordTransform?: boolean }): void;
  }
  export type Formatter = (
    node: DomNode,
    walk: (nodes: DomNode[] | undefined, builder: Builder) => void,
    builder: Builder,
    options: Readonly<Record<string, unknown>>,
  ) => void;
  export interface Options {
    wordwrap?: number | false;
    formatters?: Readonly<Record<string, Formatter>>;
    selectors?: readonly { selector: string; format?: string; options?: Readonly<Record<string, unknown>> }[];
    limits?: { maxInputLength?: number };
  }
  export function convert(html: string, options?: Options): string;
}
