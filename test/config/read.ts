import { formatProblem, inOrder, type Problem } from "../../src/config/problems.ts";
import { readYaml, type Source } from "../../src/config/yaml.ts";

/** A source from text that is YAML. */
export function sourceOf(file: string, text: string): Source {
  const { source, problems } = readYaml(file, text);
  if (!source || problems.length > 0) throw new Error(lines(problems).join("\n"));
  return source;
}

/** Problems as people see them, in order. */
export function lines(problems: readonly Problem[]): string[] {
  return inOrder(problems).map(formatProblem);
}
