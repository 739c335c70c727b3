import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    globalSetup: ["test/setup.ts"],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // Loading our own code, MJML and the rest anew for each file would be a third of the time. No file leaves anything
    // behind: what a helper keeps for its tests ends with the test (`onTestFinished`) or the run (test/setup.ts).
    isolate: false,
    // The processes that tests start read what Node made of the same source before.
    env: { NODE_COMPILE_CACHE: new URL("node_modules/.cache/node", import.meta.url).pathname },
  },
});
