import { expect, onTestFinished, test, vi } from "vitest";
import { systemClock } from "../src/clock.ts";
import { HOUR, MINUTE } from "../src/instant.ts";

test("a clock that is set back keeps nobody asleep for longer", async () => {
  // Moves the time of day; timers go by another, as the system's do.
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  let awake = false;
  void systemClock.sleepUntil(systemClock.now() + MINUTE).then(() => (awake = true));
  vi.setSystemTime(systemClock.now() - 2 * HOUR);
  await vi.advanceTimersByTimeAsync(MINUTE - 1);
  expect(awake).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(awake).toBe(true);
});
