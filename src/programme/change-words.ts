import { readYaml } from "../config/yaml.ts";
import type { Sequence } from "../sequences/definition.ts";
import { migration } from "../sequences/migrate.ts";
import { readSequence } from "../sequences/read.ts";
import { changedFiles, type ChangedFile } from "./changed-files.ts";
import { readModel } from "./models.ts";
import type { Files } from "./sources.ts";

/** What differs between two versions, a line each, in words for people: `the sequence "Warm leads": 1 step is new`. */
export function changeWords(before: Files, after: Files): string[] {
  return changedFiles(before, after).map((file) => {
    const what = nameOf(file.path, after.get(file.path) ?? before.get(file.path) ?? "");
    const [is, was] = SEVERAL.has(file.path) ? ["are", "were"] : ["is", "was"];
    if (file.change === "added") return `${what} ${is} new`;
    if (file.change === "removed") return `${what} ${is} gone`;
    const details = detailsOf(file, before, after);
    return details.length === 0 ? `${what} ${was} changed` : `${what}: ${details.join(", ")}`;
  });
}

const SEVERAL = new Set(["config/kindling.yaml", "config/reps.yaml", "config/segments.yaml"]);

function nameOf(path: string, text: string): string {
  if (path === "config/kindling.yaml") return "the company's settings";
  if (path === "config/reps.yaml") return "reps and their notices";
  if (path === "config/segments.yaml") return "the segments";
  const [, kind, stem] = /^config\/(scoring|sequences)\/(.+)\.ya?ml$/.exec(path) ?? [];
  const title = /^title:[ \t]*(\S.*?)[ \t]*$/m.exec(text)?.[1]?.replace(/^(["'])(.*)\1$/, "$2");
  if (kind === "scoring") return `the scoring model "${title ?? stem}"`;
  if (kind === "sequences") return `the sequence "${title ?? stem}"`;
  const [, shared, name] = /^templates\/(layouts|partials)\/(.+)\.mjml$/.exec(path) ?? [];
  if (shared !== undefined) return `the ${shared.slice(0, -1)} ${name} of the mails`;
  if (path.startsWith("templates/")) {
    const mail = path.slice("templates/".length);
    return mail.endsWith(".txt")
      ? `the plain text of the mail ${mail.slice(0, -4)}`
      : `the mail ${mail.replace(/\.mjml$/, "")}`;
  }
  return path;
}

function detailsOf({ path }: ChangedFile, before: Files, after: Files): string[] {
  const [old, now] = [before.get(path)!, after.get(path)!];
  if (path.startsWith("config/sequences/")) {
    const [from, to] = [sequenceIn(path, old), sequenceIn(path, now)];
    return from && to ? sequenceDetails(from, to) : [];
  }
  if (path.startsWith("config/scoring/")) {
    const [from, to] = [modelIn(path, old), modelIn(path, now)];
    return from && to ? modelDetails(from, to) : [];
  }
  return [];
}

function sequenceIn(path: string, text: string): Sequence | null {
  const { source } = readYaml(path, text);
  return source && readSequence(source).sequence;
}

const RULES = {
  enter: "who enters",
  exit: "who leaves",
  goal: "its goal",
  reenter: "who may enter again",
  window: "its window",
  caps: "its caps",
  priority: "its priority",
  track: "its track",
  holdout: "its holdout",
} as const;

function sequenceDetails(from: Sequence, to: Sequence): string[] {
  const { place, renamed } = migration(from, to);
  const kept = Object.values(from.steps).filter(({ id }) => place(id).how !== "gone");
  const removed = Object.keys(from.steps).length - kept.length;
  const added = Object.keys(to.steps).length - kept.length;
  const edited = kept.filter((step) => to.steps[renamed.get(step.id) ?? step.id]!.hash !== step.hash).length;
  const rules = (Object.keys(RULES) as (keyof typeof RULES)[]).filter(
    (key) => JSON.stringify(from[key]) !== JSON.stringify(to[key]),
  );
  return [
    ...(added > 0 ? [`${steps(added)} new`] : []),
    ...(removed > 0 ? [`${steps(removed)} gone`] : []),
    ...(edited > 0 ? [`${steps(edited)} changed`] : []),
    ...rules.map((key) => `${RULES[key]} changed`),
  ];
}

function steps(count: number): string {
  return count === 1 ? "1 step" : `${count} steps`;
}

function modelIn(path: string, text: string): ReturnType<typeof readModel>["model"] {
  const { source } = readYaml(path, text);
  return source && readModel(source).model;
}

type Model = NonNullable<ReturnType<typeof modelIn>>;

function modelDetails(from: Model, to: Model): string[] {
  const thresholds = (["warm", "hot", "cooling"] as const).flatMap((name) =>
    from.thresholds[name] === to.thresholds[name]
      ? []
      : [`${name} from ${from.thresholds[name]} to ${to.thresholds[name]}`],
  );
  const [old, now] = [new Set(from.rules.map(({ key }) => key)), new Set(to.rules.map(({ key }) => key))];
  const fresh = to.rules.filter(({ key }) => !old.has(key)).map(({ name }) => name);
  const gone = from.rules.filter(({ key }) => !now.has(key)).map(({ name }) => name);
  const changed = fresh.filter((name) => gone.includes(name));
  const rule = (names: readonly string[], what: string) =>
    names.length === 0
      ? []
      : [`${names.length === 1 ? "the rule" : "the rules"} ${names.join(", ")} ${what}`];
  return [
    ...thresholds,
    ...rule(
      fresh.filter((name) => !changed.includes(name)),
      "new",
    ),
    ...rule(
      gone.filter((name) => !changed.includes(name)),
      "gone",
    ),
    ...rule(changed, "changed"),
    ...(fitText(from) === fitText(to) ? [] : ["the points for fit changed"]),
    ...(JSON.stringify(from.inactivity) === JSON.stringify(to.inactivity) ? [] : ["inactivity changed"]),
  ];
}

function fitText({ fit }: Model): string {
  return JSON.stringify(
    fit.map(({ name, bands }) => [name, bands.map(({ label, points }) => [label, points])]),
  );
}
