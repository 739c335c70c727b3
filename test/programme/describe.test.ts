import { expect, test } from "vitest";
import { jsonSchemas } from "../../src/programme/describe.ts";

test("editors get a JSON Schema for each kind of file, closed and with its fields", () => {
  const schemas = jsonSchemas() as Record<
    string,
    { properties: object; required?: string[]; additionalProperties: boolean }
  >;
  expect(Object.keys(schemas)).toEqual(["kindling", "reps", "segments", "scoring", "sequences"]);
  expect(schemas.kindling!.required).toEqual(["company", "mail"]);
  expect(Object.keys(schemas.sequences!.properties)).toContain("holdout");
  for (const schema of Object.values(schemas)) {
    expect(schema.additionalProperties).toBe(false);
    expect(() => JSON.stringify(schema)).not.toThrow();
  }
});
