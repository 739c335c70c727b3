import { compileHere, type Compiler } from "../src/email/compiler.ts";
import type { CompiledTemplate } from "../src/email/compile.ts";
import type { TemplateSources } from "../src/email/sources.ts";

const compiled = new Map<string, Promise<CompiledTemplate>>();

/** In this process, each template once, however many houses of a test file send it. */
export const compileOnce: Compiler = (sources) => {
  const key = keyOf(sources);
  const known = compiled.get(key) ?? compileHere(sources);
  compiled.set(key, known);
  return known;
};

function keyOf(sources: TemplateSources): string {
  return JSON.stringify({
    ...sources,
    layouts: [...sources.layouts],
    partials: [...sources.partials],
  });
}
