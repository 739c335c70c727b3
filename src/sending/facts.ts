import { placeOf } from "../calendar/place.ts";
import type { CountedCap, GateFacts, MailKind } from "../email/gate.ts";
import type { Counted } from "../email/messages.store.ts";
import { DAY, type Duration, type Instant } from "../instant.ts";
import type { Life } from "../lifecycle/life.ts";
import { FEWER, LONGEST_FEWER } from "../lifecycle/fewer.ts";
import { wordOn } from "../lifecycle/consent.ts";
import { glance } from "../lifecycle/look.ts";
import { sequenceOf, type Programme } from "../programme/programme.ts";

/** Most people confirm at once or never; what they asked for days ago is old news. */
const AWAITED = 3 * DAY;

/** What is the same for all mails that the gate is asked about at one instant. */
export interface Asking {
  readonly programme: Programme;
  readonly now: Instant;
  /** Against caps: mails of the last `longestCap`, ascending. */
  readonly counted: readonly Counted[];
}

/** A mail that waits at the gate. */
export interface Waiting {
  readonly id: number;
  readonly kind: MailKind;
  readonly sequence: string | null;
  /** Null for one that no enrolment answers for. */
  readonly enrolment: number | null;
  /** Of its template. */
  readonly topic: string | null;
}

/** All that the gate looks at for a mail to this lead. */
export function gateFacts({ programme, now, counted }: Asking, mail: Waiting, life: Life): GateFacts {
  const { settings } = programme;
  // Whoever finishes an earlier version does so under its caps and in its window.
  const enrolment = life.enrolments.find(({ id }) => id === mail.enrolment);
  const sequence = enrolment
    ? sequenceOf(programme, enrolment)
    : programme.sequences.get(mail.sequence ?? "");
  const window = sequence?.window ? settings.windows.get(sequence.window) : undefined;
  const mine = counted.filter((other) => other.lead === life.lead.id && other.id !== mail.id);
  const caps: CountedCap[] = settings.caps.map((cap) => ({ ...cap, counted: mine.map(({ at }) => at) }));
  for (const cap of sequence?.caps ?? []) {
    caps.push({
      ...cap,
      counted: mine.filter((other) => other.sequence === mail.sequence).map(({ at }) => at),
    });
  }
  const { fewer } = life.state;
  if (fewer) caps.push({ emails: 1, in: FEWER[fewer], counted: mine.map(({ at }) => at) });
  return {
    now,
    kind: mail.kind,
    held: false,
    suppressed: life.lead.suppressed,
    consent: {
      required: settings.consent.required,
      state: wordOn(life.state.consent, mail.topic),
      awaited: life.lead.confirmed ? null : life.lead.createdAt + AWAITED,
    },
    enrolment: mail.enrolment === null ? null : glance(life, mail.enrolment),
    pausedUntil: life.lead.pausedUntil,
    caps,
    window: window ? { window, ...placeOf(window, life.lead.attributes, settings.company) } : null,
    rateAllows: null,
  };
}

/** How far back caps count: those of the files, and what a lead may wish for. */
export function longestCap({ settings, sequences, earlier }: Programme): Duration {
  const every = [...sequences.values(), ...[...earlier.values()].map(({ sequence }) => sequence)];
  const caps = [...settings.caps, ...every.flatMap((sequence) => sequence.caps)];
  return caps.reduce((longest, cap) => Math.max(longest, cap.in), LONGEST_FEWER);
}
