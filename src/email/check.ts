import Handlebars from "handlebars";
import { DEEPEST, LARGEST_SOURCE } from "./compose.ts";
import { suggest } from "../config/nearest.ts";
import type { Problem } from "../config/problems.ts";
import {
  BLOCK_HELPERS,
  HELPERS,
  isVariable,
  knownVariables,
  SYSTEM_HELPER,
  URL_HELPERS,
  type Vocabulary,
} from "./language.ts";
import { problemAtOffset, type SourceFile } from "./tags.ts";
import { isZone } from "./words.ts";

type Node = hbs.AST.Node;

/** A file and its syntax tree. */
export interface Parsed {
  readonly file: SourceFile;
  readonly program: hbs.AST.Program;
}

/** Handlebars' syntax tree, or its complaint at its line. */
export function parse(file: SourceFile): Parsed | Problem {
  try {
    return { file, program: Handlebars.parse(file.source) };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const line = Number(/on line (\d+)/.exec(text)?.[1] ?? / - (\d+):\d+$/.exec(text)?.[1] ?? 1);
    const before = file.source.split("\n").slice(0, line - 1);
    const offset = before.reduce((sum, { length }) => sum + length + 1, 0);
    return problemAtOffset(file, offset, `can't be read as Handlebars: ${text.split("\n").at(-1)}`);
  }
}

/** What one file is checked against, and what it may pull in. */
export interface Surroundings {
  readonly vocabulary: Vocabulary;
  readonly partials: ReadonlyMap<string, Parsed>;
  /** What `{{{body}}}` stands for; null where the file is no layout. */
  readonly body: Parsed | null;
  /** False for a subject or a text part, which can't hold MJML. */
  readonly mayInclude: boolean;
  /** Whether it is one of the engine's own mails. */
  readonly system: boolean;
}

/** All that is wrong with the tags of a file, its partials and its body, in order. */
export function checkTags(parsed: Parsed, surroundings: Surroundings): Problem[] {
  const checker = new Checker(parsed.file, surroundings);
  checker.program(parsed.program, new Set());
  return checker.problems;
}

class Checker {
  readonly problems: Problem[] = [];
  private file: SourceFile;
  private readonly around: Surroundings;
  private readonly inside: string[] = [];
  private size = 0;

  constructor(file: SourceFile, around: Surroundings) {
    this.file = file;
    this.around = around;
  }

  /** `sure`: the variables that an enclosing block has made certain. */
  program(program: hbs.AST.Program | undefined, sure: ReadonlySet<string>): void {
    if (program?.blockParams?.length) this.report(program, "there is no `as |name|` in templates");
    for (const statement of program?.body ?? []) this.statement(statement, sure);
  }

  private statement(node: hbs.AST.Statement, sure: ReadonlySet<string>): void {
    switch (node.type) {
      case "ContentStatement":
      case "CommentStatement":
        return;
      case "MustacheStatement":
        return this.printed(node as hbs.AST.MustacheStatement, sure);
      case "BlockStatement":
        return this.block(node as hbs.AST.BlockStatement, sure);
      case "PartialStatement":
        return this.partial(node as hbs.AST.PartialStatement, sure);
      default:
        this.report(node, "this is no part of the template language");
    }
  }

  private printed(node: hbs.AST.MustacheStatement, sure: ReadonlySet<string>): void {
    const name = this.nameOf(node.path, "print");
    if (name === null) return;
    if (!node.escaped) return this.unescaped(node, name, sure);
    if (this.hasHash(node)) return;
    if (BLOCK_HELPERS.includes(name))
      return this.report(node, `{{${name}}} is a block`, `write {{#${name} …}}`);
    if (URL_HELPERS.includes(name)) return this.plainCall(node, name);
    if (name === "plural") return this.plural(node);
    if (name === "date") return this.date(node, sure);
    const [fallback, more] = node.params;
    if (fallback === undefined) return this.bare(node, name, sure);
    if (more === undefined && (fallback.type === "StringLiteral" || fallback.type === "NumberLiteral")) {
      this.known(node, name);
      return;
    }
    if (isVariable(name, this.around.vocabulary)) {
      return this.report(
        node,
        `after ${name} there can only be a fallback in quotes`,
        `{{${name} "fallback"}}`,
      );
    }
    this.unknownHelper(node, name);
  }

  private unescaped(node: hbs.AST.MustacheStatement, name: string, sure: ReadonlySet<string>): void {
    const { body } = this.around;
    if (name !== "body" || node.params.length > 0) {
      return this.report(node, `{{{ }}} is for body alone`, `write {{${name} "fallback"}}`);
    }
    if (!body || this.inside.length > 0) return this.report(node, "{{{body}}} belongs in a layout");
    this.enter("{{{body}}}", body, sure);
  }

  /** A variable without a fallback. */
  private bare(node: Node, name: string, sure: ReadonlySet<string>): void {
    if (name === "body") return this.report(node, "a layout's body is not escaped", "write {{{body}}}");
    if (name === "rep") return this.report(node, "a rep can't be printed", "write {{rep.name}}");
    if (!this.known(node, name) || this.around.vocabulary.always.has(name) || sure.has(name)) return;
    if (name !== "rep.phone" && name.startsWith("rep.") && sure.has("rep")) return;
    const message = `${name} may be missing for some leads`;
    this.report(node, message, `write {{${name} "fallback"}}, or put it inside {{#if ${name}}}…{{/if}}`);
  }

  private plainCall(node: hbs.AST.MustacheStatement, name: string): void {
    if (name === SYSTEM_HELPER && !this.around.system) {
      return this.report(node, `${name} belongs in templates under system/`);
    }
    if (node.params.length > 0) this.report(node, `${name} takes nothing after it`, `write {{${name}}}`);
  }

  private plural(node: hbs.AST.MustacheStatement): void {
    const [count, one, other] = node.params;
    if (node.params.length !== 3 || one?.type !== "StringLiteral" || other?.type !== "StringLiteral") {
      return this.report(
        node,
        "plural takes a number and two words",
        'write {{plural seats "seat" "seats"}}',
      );
    }
    if (count!.type !== "NumberLiteral") this.variable(count!);
  }

  private date(node: hbs.AST.MustacheStatement, sure: ReadonlySet<string>): void {
    const [value, zone, more] = node.params;
    if (!value || more) {
      return this.report(node, "date takes an attribute and a zone", "write {{date renewal zone}}");
    }
    const name = this.variable(value);
    if (name !== null) this.bareDate(node, name, sure);
    if (zone?.type === "StringLiteral") {
      const text = (zone as hbs.AST.StringLiteral).value;
      if (!isZone(text))
        this.report(node, `there is no time zone "${text}"`, 'zones are like "Europe/Lisbon"');
    } else if (zone && this.nameOf(zone, "read") !== "zone") this.variable(zone);
  }

  private bareDate(node: Node, name: string, sure: ReadonlySet<string>): void {
    if (sure.has(name) || this.around.vocabulary.always.has(name)) return;
    this.report(node, `${name} may be missing for some leads`, `put it inside {{#if ${name}}}…{{/if}}`);
  }

  private block(node: hbs.AST.BlockStatement, sure: ReadonlySet<string>): void {
    const helper = this.nameOf(node.path, "use");
    const [subject, other] = node.params;
    const walk = (whenTrue: string | null, whenFalse: string | null) => {
      this.program(node.program, withName(sure, whenTrue));
      this.program(node.inverse, withName(sure, whenFalse));
    };
    if (helper === null) return walk(null, null);
    if (!BLOCK_HELPERS.includes(helper)) {
      const variable = isVariable(helper, this.around.vocabulary);
      const suggestion = variable ? `write {{#if ${helper}}}` : suggest(helper, BLOCK_HELPERS);
      this.report(node, `there is no block {{#${helper}}}`, suggestion);
      return walk(null, null);
    }
    const wanted = helper === "is" ? 2 : 1;
    if (this.hasHash(node) || node.params.length !== wanted) {
      if (node.params.length !== wanted) {
        const form =
          helper === "is"
            ? 'a variable and a value: {{#is plan "pro"}}'
            : `a variable: {{#${helper} company}}`;
        this.report(node, `{{#${helper}}} takes ${form}`);
      }
      return walk(null, null);
    }
    const name = this.variable(subject!);
    if (other && !other.type.endsWith("Literal")) this.variable(other);
    return helper === "unless" ? walk(null, name) : walk(name, null);
  }

  private partial(node: hbs.AST.PartialStatement, sure: ReadonlySet<string>): void {
    const name = "original" in node.name ? String(node.name.original) : null;
    if (name === null || node.params.length > 0 || node.hash) {
      return this.report(node, "a partial is named and takes nothing after it", "write {{> signature}}");
    }
    if (!this.around.mayInclude) return this.report(node, "a partial is MJML: it can't stand here");
    const partial = this.around.partials.get(name);
    if (!partial) {
      return this.report(node, `there is no partial "${name}"`, suggest(name, this.around.partials.keys()));
    }
    if (this.inside.includes(name)) return this.report(node, `the partial "${name}" includes itself`);
    if (this.inside.length >= DEEPEST)
      return this.report(node, `more than ${DEEPEST} partials stand inside each other here`);
    if (this.size > LARGEST_SOURCE) return;
    this.size += partial.file.source.length;
    if (this.size > LARGEST_SOURCE)
      return this.report(node, `the partials are larger than ${LARGEST_SOURCE / 1000} kB together`);
    this.enter(name, partial, sure);
  }

  private enter(name: string, { file, program }: Parsed, sure: ReadonlySet<string>): void {
    const before = this.file;
    this.file = file;
    this.inside.push(name);
    this.program(program, sure);
    this.inside.pop();
    this.file = before;
  }

  /** The name of a parameter that must be a variable; null where it is not, which is then reported. */
  private variable(node: hbs.AST.Expression): string | null {
    const name = this.nameOf(node, "use");
    return name !== null && this.known(node, name) ? name : null;
  }

  private known(node: Node, name: string): boolean {
    const { vocabulary } = this.around;
    if (isVariable(name, vocabulary) && !HELPERS.includes(name)) return true;
    this.report(node, `there is no variable "${name}"`, suggest(name, knownVariables(vocabulary)));
    return false;
  }

  private unknownHelper(node: Node, name: string): void {
    const helpers = HELPERS.filter((helper) => helper !== "else");
    this.report(node, `there is no helper "${name}"`, suggest(name, helpers));
  }

  /** A plain name, or `rep.name`. `this`, `../x`, `@root`, `[x]`, literals and calls inside calls are none. */
  private nameOf(node: Node, verb: string): string | null {
    const path = node as hbs.AST.PathExpression;
    if (
      path.type === "PathExpression" &&
      !path.data &&
      path.depth === 0 &&
      !/^this\b|^\.|[[\]/]/.test(path.original)
    ) {
      return path.original;
    }
    const shown = "original" in path ? `"${path.original}"` : "a call inside a call";
    this.report(node, `templates can't ${verb} ${shown}`, "use the name of an attribute or a helper");
    return null;
  }

  private hasHash(node: { hash?: hbs.AST.Hash } & Node): boolean {
    if (!node.hash?.pairs.length) return false;
    this.report(node, `there is no ${node.hash.pairs[0]!.key}= in templates`);
    return true;
  }

  private report(node: Node, message: string, suggestion?: string): void {
    const { line, column } = node.loc.start;
    const position = this.file.at ?? { line, column: column + 1 };
    this.problems.push({ file: this.file.file, ...position, message, suggestion, severity: "error" });
  }
}

function withName(sure: ReadonlySet<string>, name: string | null): ReadonlySet<string> {
  return name === null ? sure : new Set([...sure, name]);
}
