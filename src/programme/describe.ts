import { z } from "zod";
import { settingsFile } from "../config/settings-schema.ts";
import { repsFile } from "../reps/file.ts";
import { modelSchema } from "../scoring/model.ts";
import { segmentsFile } from "../segments/file.ts";
import { sequenceFile } from "../sequences/file.ts";

/** The kinds of files, each with its schema and the files it is for, as editors want them. */
const KINDS = {
  kindling: { schema: settingsFile, title: "config/kindling.yaml" },
  reps: { schema: repsFile, title: "config/reps.yaml" },
  segments: { schema: segmentsFile, title: "config/segments.yaml" },
  scoring: { schema: modelSchema, title: "config/scoring/*.yaml" },
  sequences: { schema: sequenceFile, title: "config/sequences/*.yaml" },
} as const;

export type FileKind = keyof typeof KINDS;

/** A JSON Schema for each kind of file of a programme. */
export function jsonSchemas(): Record<FileKind, object> {
  const entries = Object.entries(KINDS).map(([kind, { schema, title }]) => [kind, jsonSchema(schema, title)]);
  return Object.fromEntries(entries) as Record<FileKind, object>;
}

/** Draft 7, which YAML editors understand. `title` says which files it is for. */
export function jsonSchema(schema: z.ZodType, title: string): object {
  const described = z.toJSONSchema(schema, { target: "draft-7", io: "input", unrepresentable: "any" });
  return { ...described, title };
}
