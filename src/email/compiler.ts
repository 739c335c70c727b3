import type { CompiledTemplate } from "./compile.ts";
import type { TemplateSources } from "./sources.ts";

/** Compiles one template, wherever that is done. */
export type Compiler = (sources: TemplateSources) => Promise<CompiledTemplate>;

/** In this process. MJML is loaded at the first use and stays: some 100 MB, fine for a command that ends soon. */
export const compileHere: Compiler = async (sources) => {
  const { compileTemplate } = await import("./compile.ts");
  return compileTemplate(sources);
};
