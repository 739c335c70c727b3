import Handlebars from "handlebars";
import { URL_HELPERS } from "./language.ts";
import { escapeAttribute } from "./links.ts";
import { formatDate, isMissing, isSame, plural } from "./words.ts";

/** How compile.ts writes a link and the end of a mail; authors can't, since no name of theirs begins so. */
export function linkTag(link: number): string {
  return `{{__link ${link}}}`;
}
export const TAIL_TAG = "{{__tail}}";

/** What a template needs to be rendered; each part adds its own. */
export interface Names {
  /** As authors write them: `first_name`, `rep.name`. */
  readonly variables: Set<string>;
  /** Numbers of links. */
  readonly links: Set<number>;
  /** `unsubscribe_url` and the like. */
  readonly urls: Set<string>;
}

/** What a compiled part reads. It has no prototype to reach but an empty one. */
export interface Context {
  [name: string]: unknown;
  readonly zone: string;
  readonly __locale: string;
}

/** Objects of a constructor are read faster than those of Object.create(null). */
class Blank {
  readonly zone: string;
  readonly __locale: string;

  constructor(zone: string, locale: string) {
    this.zone = zone;
    this.__locale = locale;
  }
}
Object.setPrototypeOf(Blank.prototype, null);
Reflect.deleteProperty(Blank.prototype, "constructor");

/** `zone` is the lead's, `locale` the mail's. */
export function newContext(zone: string, locale: string): Context {
  return new Blank(zone, locale) as Context;
}

/** Gives both parts an address: of a link by its number, or of a helper by its name. */
export function setAddress(context: Context, name: string, url: string): void {
  context[TEXT + name] = url;
  context[HTML + name] = escapeAttribute(url);
}

const TEXT = "__t_";
const HTML = "__h_";

/** A part as a function. Text that has no tags costs nothing. */
export function compilePart(source: string, html: boolean, names: Names): (context: Context) => string {
  if (!source.includes("{{")) return () => source;
  const program = handlebars.parse(source);
  new Rewriter(names, html ? HTML : TEXT).accept(program);
  return handlebars.compile<Context>(program, {
    data: false,
    knownHelpers: KNOWN_HELPERS,
    knownHelpersOnly: true,
    noEscape: !html,
  });
}

/** Of Handlebars' own, `if` and `unless`; `{{name "fallback"}}` becomes a call of `__or`. */
const KNOWN_HELPERS: Record<string, boolean> = Object.assign(Object.create(null), {
  if: true,
  unless: true,
  is: true,
  plural: true,
  date: true,
  __or: true,
});

const handlebars = environment();

/** Handlebars with the closed list of helpers and nothing else. Each of them costs something in every mail. */
function environment(): typeof Handlebars {
  const made = Handlebars.create();
  for (const name of ["each", "with", "lookup", "log"]) made.unregisterHelper(name);
  made.registerHelper("__or", (value: unknown, fallback: unknown) => (isMissing(value) ? fallback : value));
  made.registerHelper("plural", function (this: Context, count: unknown, one: string, other: string) {
    return plural(count, one, other, this.__locale);
  });
  made.registerHelper("date", function (this: Context, value: unknown, zone: unknown) {
    return formatDate(value, typeof zone === "string" ? zone : this.zone, this.__locale);
  });
  made.registerHelper(
    "is",
    function (this: Context, a: unknown, b: unknown, options: Handlebars.HelperOptions) {
      return isSame(a, b) ? options.fn(this) : options.inverse(this);
    },
  );
  return made;
}

/**
 * Notes the names, turns `{{name "fallback"}}` into a call, since Handlebars throws on that form, and addresses into
 * values that are worked out before.
 */
class Rewriter extends Handlebars.Visitor {
  private readonly names: Names;
  private readonly prefix: string;

  constructor(names: Names, prefix: string) {
    super();
    this.names = names;
    this.prefix = prefix;
  }

  override MustacheStatement(node: hbs.AST.MustacheStatement): void {
    const name = (node.path as hbs.AST.PathExpression).original;
    if (name === "__link") {
      const link = (node.params[0] as hbs.AST.NumberLiteral).value;
      this.names.links.add(link);
      becomeValue(node, this.prefix + String(link));
    } else if (URL_HELPERS.includes(name)) {
      this.names.urls.add(name);
      becomeValue(node, this.prefix + name);
    } else if (name === "__tail") becomeValue(node, name);
    else {
      if (node.params.length === 1 && !(name in KNOWN_HELPERS)) {
        node.params.unshift(node.path);
        node.path = pathTo(node, "__or");
      }
      super.MustacheStatement(node);
    }
  }

  override PathExpression({ original }: hbs.AST.PathExpression): void {
    if (!(original in KNOWN_HELPERS) && original !== "zone") this.names.variables.add(original);
  }
}

/** Prints a value as it is: it was escaped for its part. */
function becomeValue(node: hbs.AST.MustacheStatement, name: string): void {
  node.path = pathTo(node, name);
  node.params = [];
  node.escaped = false;
}

function pathTo({ path }: hbs.AST.MustacheStatement, name: string): hbs.AST.PathExpression {
  return { type: "PathExpression", loc: path.loc, data: false, depth: 0, parts: [name], original: name };
}
