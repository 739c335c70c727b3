import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export async function packageVersion(): Promise<string> {
  const text = await readFile(join(await packageRoot(), "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** Where the shipped config/ and templates/ are: beside package.json, above src/ and dist/ alike. */
export async function packageRoot(): Promise<string> {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!(await stat(join(folder, "package.json")).catch(() => null))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("kindling's own files are not where they were installed");
    folder = parent;
  }
  return folder;
}
