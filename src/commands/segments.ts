import type { Command } from "commander";
import { openApp } from "../app.ts";
import { adoptionOf } from "../lifecycle/adoption.store.ts";
import { lived } from "../lifecycle/drained.run.ts";
import type { Spine } from "../lifecycle/spine.ts";
import { countMembers } from "../segments/members.store.ts";

interface Options {
  readonly config: string;
  readonly templates: string;
  readonly json?: boolean;
}

/** `kindling segments`: each with how many leads are in it, and how far an applied version has filled them. */
export function segmentsCommand(program: Command): void {
  program
    .command("segments")
    .description("the applied segments and how many leads are in each")
    .option("--json", "as JSON: {segments: [{segment, title, members}], leads: {taken, total}}")
    .option("--config <dir>", "the folder of kindling.yaml", "config")
    .option("--templates <dir>", "the folder of the templates", "templates")
    .action(run);
}

async function run({ config, templates, json = false }: Options): Promise<void> {
  const app = await openApp({ config, templates, apply: false, patient: true });
  try {
    await lived(app.spine);
    process.stdout.write(
      json ? `${JSON.stringify(await counted(app.spine))}\n` : words(await counted(app.spine)),
    );
  } finally {
    await app.close();
  }
}

/** `taken` of `total` leads are looked at under the applied version; the others may still join and leave. */
async function counted(spine: Spine) {
  const { segments, hash } = spine.programme();
  const db = spine.db.kysely;
  const members = await countMembers(db);
  return {
    segments: segments.map(({ name, title }) => ({ segment: name, title, members: members.get(name) ?? 0 })),
    leads: await adoptionOf(db, hash),
  };
}

function words({ segments, leads: { taken, total } }: Awaited<ReturnType<typeof counted>>): string {
  if (segments.length === 0) return "No segment yet. They are named in config/segments.yaml.\n";
  const numbers = segments.map(({ members }) => members.toLocaleString("en"));
  const widest = Math.max(...numbers.map(({ length }) => length));
  const longest = Math.max(...segments.map(({ segment }) => segment.length));
  const lines = segments.map(({ segment, title }, index) =>
    `${numbers[index]!.padStart(widest)}  ${segment.padEnd(longest)}  ${title === segment ? "" : title}`.trimEnd(),
  );
  const filling =
    taken === total
      ? []
      : [`Being filled: ${taken.toLocaleString("en")} of ${total.toLocaleString("en")} leads so far.`];
  return `${[...lines, ...filling].join("\n")}\n`;
}
