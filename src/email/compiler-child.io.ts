import { compileTemplate } from "./compile.ts";
import type { Answer } from "./compiler.io.ts";
import type { TemplateSources } from "./sources.ts";

// The process behind compiler.io.ts: compiles what it is sent, and ends when its parent lets go of it.
process.on("message", ({ id, sources }: { id: number; sources: TemplateSources }) => {
  compileTemplate(sources).then(
    (compiled) => answer({ id, compiled }),
    (error: unknown) =>
      answer({ id, failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});

function answer(message: Answer): void {
  process.send!(message);
}
