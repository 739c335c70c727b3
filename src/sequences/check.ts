import { canHold } from "../conditions/contradiction.ts";
import { eachPlacedForm } from "../conditions/references.ts";
import type { Condition } from "../conditions/condition.ts";
import { nearest, suggest } from "../config/nearest.ts";
import type { Problem } from "../config/problems.ts";
import { problemAt } from "../config/yaml.ts";
import type { Path, Source } from "../config/yaml.ts";
import type { Step } from "./definition.ts";
import type { AbFile, EntryFile, SequenceFile, StepFile } from "./file.ts";
import { idsOf, nestedIn } from "./flatten.ts";
import type { Flattened, Nested } from "./flatten.ts";
import { eachOf } from "./references.ts";

/** What a condition may ask at some place of a sequence. */
interface Asks {
  /** Steps whose mail may have been sent by then. */
  readonly sent: ReadonlySet<string>;
  /** `score` is asked at one instant: not where a change has to be noticed. */
  readonly score: boolean;
}

/** All that is wrong with a sequence by itself: what other files have to define is checked elsewhere. */
export function checkSequence(file: SequenceFile, flattened: Flattened, source: Source): Problem[] {
  return new Checker(flattened, source).check(file);
}

class Checker {
  private readonly steps: Readonly<Record<string, Step>>;
  private readonly flattened: Flattened;
  private readonly source: Source;
  private readonly problems: Problem[] = [];
  /** Whoever one of these holds for has left before any step is asked. */
  private exits: readonly Condition[] = [];

  constructor(flattened: Flattened, source: Source) {
    this.steps = flattened.steps;
    this.flattened = flattened;
    this.source = source;
  }

  check(file: SequenceFile): Problem[] {
    for (const { id, path, first } of this.flattened.duplicates) {
      const { line } = this.source.at(first);
      this.report([...path, "id"], `there is a step "${id}" already, on line ${line}`);
    }
    this.exits = eachOf(file.exit, []).map(({ condition }) => condition);
    const mails = new Set(Object.keys(this.steps).filter((id) => sendsMail(this.steps[id]!)));
    for (const [index, entry] of (file.enter ?? []).entries()) {
      if (entry.if) this.condition(entry.if, ["enter", index, "if"], { sent: new Set(), score: true });
      this.entry(entry, ["enter", index]);
    }
    for (const key of ["exit", "goal"] as const) {
      for (const { condition, path } of eachOf(file[key], [key])) {
        this.condition(condition, path, { sent: mails, score: false });
      }
    }
    this.list({ steps: file.steps, path: ["steps"], prefix: "" }, new Set());
    if (!file.enter?.length) {
      const message = "nobody enters this sequence by itself: only by hand";
      this.report(["sequence"], message, { suggestion: "say who with enter", severity: "warning" });
    }
    if (file.steps.length === 0) this.report(["steps"], "has no steps", { key: true, severity: "warning" });
    return this.problems;
  }

  /** Walks a list; answers whether the flow leaves it at its end. `sent` grows by what it may send. */
  private list({ steps, path, prefix }: Nested, sent: Set<string>): boolean {
    const ids = idsOf(steps, prefix);
    let flows = true;
    for (const [index, step] of steps.entries()) {
      const here = [...path, index];
      if (!flows) {
        this.report(here, "is never reached: every way through the step before it ends");
        flows = true;
      }
      flows = this.step(step, ids[index]!, here, sent);
    }
    return flows;
  }

  private step(step: StepFile, id: string, path: Path, sent: Set<string>): boolean {
    if ("wait_for" in step) {
      this.condition(step.wait_for, [...path, "wait_for"], { sent, score: false });
      if (!canHold([step.wait_for])) this.report([...path, "wait_for"], "never holds: it contradicts itself");
      else if (!canHold([step.wait_for], this.exits))
        this.report([...path, "wait_for"], "is never met: whoever it holds for has left by exit");
    }
    if ("branch" in step) this.branch(step.branch, [...path, "branch"], sent);
    if ("ab" in step) this.test(step.ab, [...path, "ab"]);
    if ("set" in step) this.set(step.set, [...path, "set"]);
    if ("send" in step || "ab" in step) sent.add(id);

    const before = new Set(sent);
    const ways = nestedIn(step, id, path).map((nested) => {
      const own = new Set(before);
      const flows = this.list(nested, own);
      for (const mail of own) sent.add(mail);
      return flows;
    });
    if ("end" in step) return false;
    if ("wait_for" in step) return ways.includes(true);
    if ("branch" in step) return ways.includes(true) || !step.branch.some((arm) => "otherwise" in arm);
    return true;
  }

  private branch(
    arms: Extract<StepFile, { branch: unknown }>["branch"],
    path: Path,
    sent: Set<string>,
  ): void {
    const before: Condition[] = [];
    for (const [index, arm] of arms.entries()) {
      if ("when" in arm) {
        this.condition(arm.when, [...path, index, "when"], { sent, score: true });
        this.arm(arm.when, [...path, index, "when"], before);
        before.push(arm.when);
      } else if (index < arms.length - 1) {
        this.report([...path, index], "otherwise goes last: the arms below it are never reached");
      }
    }
  }

  /** An arm that no lead can get into. `before`: the arms above it. */
  private arm(when: Condition, path: Path, before: readonly Condition[]): void {
    if (!canHold([when])) this.report(path, "no lead can get here: the condition contradicts itself");
    else if (!canHold([when], before))
      this.report(path, "no lead can get here: whoever it holds for is in an arm above");
    else if (!canHold([when], [...before, ...this.exits]))
      this.report(path, "no lead can get here: whoever it holds for has left by exit");
  }

  /** An entry by which nobody comes to a step. */
  private entry(entry: EntryFile, path: Path): void {
    const held: Condition[] = entry.if ? [entry.if] : [];
    if (!canHold(held))
      return this.report([...path, "if"], "nobody enters: the condition contradicts itself");
    if ("temperature" in entry) {
      const { temperature, model } = entry;
      held.push(model === undefined ? { temperature } : { temperature, model });
    }
    if ("segment" in entry) held.push({ segment: entry.segment });
    if (!canHold(held, this.exits)) this.report(path, "whoever enters by this leaves at once by exit");
  }

  private test(ab: AbFile, path: Path): void {
    const names = Object.keys(ab.variants);
    if (names.length < 2)
      this.report([...path, "variants"], "a test needs at least two variants", { key: true });
    if (ab.weights) {
      for (const name of Object.keys(ab.weights).filter((name) => !names.includes(name))) {
        const suggestion = suggest(name, names);
        this.report([...path, "weights", name], `there is no variant "${name}"`, { suggestion, key: true });
      }
      for (const name of names.filter((name) => !Object.hasOwn(ab.weights!, name))) {
        this.report([...path, "weights"], `variant "${name}" has no weight`, { key: true });
      }
    }
    if (typeof ab.measure === "object" && !("did" in ab.measure)) {
      this.report([...path, "measure"], "measures clicked, opened, replied or a did condition");
    }
  }

  private set(attributes: Readonly<Record<string, unknown>>, path: Path): void {
    if (Object.keys(attributes).length === 0) this.report(path, "sets nothing");
    if (Object.hasOwn(attributes, "email"))
      this.report([...path, "email"], "email can't be set", { key: true });
  }

  private condition(condition: Condition, path: Path, asks: Asks): void {
    eachPlacedForm(condition, path, (form, place) => {
      // A `where` was held against the language of events already.
      if ("property" in form && !place.includes("where")) {
        const suggestion = "use { did: EVENT, where: … }";
        this.report([...place, "property"], "only an event has properties", { key: true, suggestion });
      }
      if ("score" in form && !asks.score) {
        const suggestion = "use temperature, or a mark with reached";
        this.report([...place, "score"], "a score can't be waited for", { key: true, suggestion });
      }
      for (const act of ["clicked", "opened", "replied"] as const) {
        if (act in form) this.mail((form as Record<string, string>)[act]!, [...place, act], asks.sent);
      }
    });
  }

  private mail(id: string, path: Path, sent: ReadonlySet<string>): void {
    if (sent.has(id)) return;
    const mails = Object.keys(this.steps).filter((other) => sendsMail(this.steps[other]!));
    const step = Object.hasOwn(this.steps, id) ? this.steps[id] : undefined;
    if (!step) return this.report(path, `there is no step "${id}"`, { suggestion: suggest(id, mails) });
    const near = nearest(id, sent);
    const suggestion = near && `did you mean "${near}"?`;
    if (!sendsMail(step)) return this.report(path, `step "${id}" sends no mail`, { suggestion });
    this.report(path, `the mail of step "${id}" is never sent before this`, { suggestion });
  }

  private report(path: Path, message: string, more: Parameters<typeof problemAt>[3] = {}): void {
    this.problems.push(problemAt(this.source, path, message, more));
  }
}

function sendsMail(step: Step): boolean {
  return step.kind === "send" || step.kind === "ab";
}
