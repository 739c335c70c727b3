import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Another process of the bench, so that what it does costs the measured one nothing. */
export interface Child<Ask, Answer> {
  ask(question: Ask): Promise<Answer>;
  close(): Promise<void>;
}

/** `file`: a script beside this one that answers each message with one of its own. */
export function openChild<Ask extends object, Answer>(file: string): Child<Ask, Answer> {
  const path = fileURLToPath(
    new URL(`${file}${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url),
  );
  const child: ChildProcess = fork(path, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  return {
    async ask(question) {
      const over = new AbortController();
      const { signal } = over;
      try {
        child.send(question);
        const died = once(child, "exit", { signal }).then(([code]) => {
          throw new Error(`a process of the bench died with status ${code}`);
        });
        died.catch(() => {});
        const [answer] = await Promise.race([once(child, "message", { signal }), died]);
        return answer as Answer;
      } finally {
        over.abort();
      }
    },
    async close() {
      if (child.exitCode !== null) return;
      const gone = once(child, "exit");
      child.disconnect();
      await gone;
    },
  };
}
