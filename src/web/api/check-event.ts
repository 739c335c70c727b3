import { parseInstant } from "../../instant.ts";
import type { Programme } from "../../programme/programme.ts";
import { ANSWERS } from "../../reps/reason.ts";
import { checkAttributes, checkOwner, checkTopic } from "./check-input.ts";
import { scalar } from "./fields.ts";
import type { FieldError } from "./refusals.ts";

type Properties = Readonly<Record<string, unknown>>;

const LONGEST_ID = 200;

/** The properties that the engine itself acts on have to be what it takes them for; all others are the sender's. */
export function checkProperties(type: string, properties: Properties, programme: Programme): FieldError[] {
  const field = (name: string) => `properties.${name}`;
  const value = (name: string) => properties[name] ?? null;
  const wrong: FieldError[] = [];
  const expect = (name: string, holds: boolean, message: string) => {
    if (!holds) wrong.push({ field: field(name), message });
  };
  switch (type) {
    case "lead.created":
    case "lead.updated":
      wrong.push(...attributes(value("attributes"), programme));
      break;
    case "sequences.paused": {
      const until = value("until");
      expect(
        "until",
        isInstant(until),
        "must be an instant with a zone, like 2026-01-03T10:00:00Z, or left out",
      );
      break;
    }
    case "consent.given":
      // Only the link in a lead's own mail confirms: it brings back who has left.
      expect(
        "confirmed",
        value("confirmed") === null,
        "is the engine's own: a lead confirms by a link mailed to them",
      );
      wrong.push(...topic(value("topic"), programme));
      break;
    case "consent.asked":
    case "consent.withdrawn":
    case "email.unsubscribed":
      wrong.push(...topic(value("topic"), programme));
      break;
    case "deal.opened":
    case "deal.moved":
    case "deal.won":
    case "deal.lost": {
      const deal = value("deal");
      const id = typeof deal === "string" && deal !== "" && deal.length <= LONGEST_ID;
      expect("deal", deal === null || id, "must be the deal's id, as text");
      expect("value", value("value") === null || typeof value("value") === "number", "must be a number");
      for (const name of ["stage", "reason"])
        expect(name, value(name) === null || typeof value(name) === "string", "must be text");
      break;
    }
    case "notice.answered": {
      const rep = value("rep");
      expect(
        "answer",
        ANSWERS.some((answer) => answer === value("answer")),
        `must be one of ${ANSWERS.join(", ")}`,
      );
      expect("rep", typeof rep === "string", "must be a rep");
      if (typeof rep === "string")
        wrong.push(...checkOwner(rep, programme).map(({ message }) => ({ field: field("rep"), message })));
      break;
    }
    default:
  }
  return wrong;
}

/** The deals that events name, with their place in the list. */
export function dealsNamed(
  events: readonly { readonly email: string; readonly type: string; readonly properties?: Properties }[],
): { index: number; email: string; deal: string }[] {
  return events.flatMap(({ email, type, properties }, index) => {
    const deal = properties?.["deal"];
    return type.startsWith("deal.") && typeof deal === "string" ? [{ index, email, deal }] : [];
  });
}

function attributes(value: unknown, programme: Programme): FieldError[] {
  if (value === null) return [];
  if (typeof value !== "object" || Array.isArray(value))
    return [{ field: "properties.attributes", message: "must be an object" }];
  const wrong = Object.entries(value).flatMap(([name, inner]): FieldError[] => {
    const checked = scalar.safeParse(inner);
    if (checked.success) return [];
    return [{ field: `properties.attributes.${name}`, message: checked.error.issues[0]!.message }];
  });
  return [...wrong, ...checkAttributes(value as Properties, programme, "properties.attributes")];
}

function topic(value: unknown, programme: Programme): FieldError[] {
  if (value !== null && typeof value !== "string")
    return [{ field: "properties.topic", message: "must be text" }];
  return checkTopic(value === "" ? null : value, programme, "properties.topic");
}

function isInstant(value: unknown): boolean {
  return value === null || (typeof value === "string" && parseInstant(value) !== undefined);
}
