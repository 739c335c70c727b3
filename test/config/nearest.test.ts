import { expect, test } from "vitest";
import { nearest, suggest } from "../../src/config/nearest.ts";

test("a typo, a swap, another case and - for _ are forgiven", () => {
  const words = ["temperature", "hot", "warm", "soft_limit"];
  expect(nearest("temprature", words)).toBe("temperature");
  expect(nearest("wram", words)).toBe("warm");
  expect(nearest("HOT", words)).toBe("hot");
  expect(nearest("soft-limit", words)).toBe("soft_limit");
});

test("a word that is like none is not guessed at", () => {
  expect(nearest("zebra", ["hot", "warm"])).toBeUndefined();
  expect(suggest("zebra", ["hot", "warm"])).toBe("there is hot, warm");
  expect(suggest("zebra", [])).toBeUndefined();
});
