import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { CompiledTemplate } from "./compile.ts";
import type { Compiler } from "./compiler.ts";

/** What the child answers: compiled, or the mistake of ours that it ended in. */
export interface Answer {
  readonly id: number;
  readonly compiled?: CompiledTemplate;
  readonly failed?: string;
}

/**
 * Compiles in a process of its own, started at the first template: a server has no use for MJML's 100 MB once its
 * templates are compiled, and only a process that ends gives them back.
 */
export function openCompiler(): { readonly compile: Compiler; close(): void } {
  let child: ChildProcess | null = null;
  let asked = 0;
  const waiting = new Map<number, (answer: Answer) => void>();
  const start = (): ChildProcess => {
    // Beside this file, in the source as in what is built from it.
    const file = fileURLToPath(import.meta.url).replace("compiler.io.", "compiler-child.io.");
    const started = fork(file, { serialization: "advanced", execArgv: [] });
    started.on("message", (answer: Answer) => {
      waiting.get(answer.id)?.(answer);
      waiting.delete(answer.id);
    });
    started.on("exit", (code) => {
      for (const [id, resolve] of waiting) resolve({ id, failed: `the compiling process ended (${code})` });
      waiting.clear();
      child = null;
    });
    return started;
  };
  return {
    async compile(sources) {
      child ??= start();
      const id = asked++;
      const answer = await new Promise<Answer>((resolve) => {
        waiting.set(id, resolve);
        child!.send({ id, sources });
      });
      if (!answer.compiled) throw new Error(answer.failed);
      return answer.compiled;
    },
    close() {
      child?.disconnect();
    },
  };
}
