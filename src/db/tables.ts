import type { Kysely } from "kysely";

/**
 * Every table and column, once: the types that Kysely checks by, and the column kinds that batches of rows are
 * written with. `?` may be null. Instants are `int` (epoch ms); JSON is `text` in both databases.
 */
export const COLUMNS = {
  leads: {
    id: "int",
    email: "text",
    attributes: "text",
    owner: "text?",
    stage: "text",
    paused_until: "int?",
    /** Why this address gets no mail; null where it may. The list by hash is `suppressions`. */
    suppressed: "text?",
    /** 0 for a lead that a stranger's form made, until it confirms. */
    confirmed: "int",
    created_at: "int",
    /** The attributes once more, as conditions compare them (conditions/folded.ts): what SQL looks into. */
    folded: "text",
  },
  /** One row a lead: what its score and its waits need. The row is the lock of the lead. */
  lead_state: { lead_id: "int", state: "text", due_at: "int?", programme: "text" },
  /** For lists and counts: the temperature, and the total at the instant it was last written. */
  scores: { model: "text", lead_id: "int", temperature: "text", total: "real", at: "int", next_at: "int?" },
  score_history: {
    lead_id: "int",
    model: "text",
    at: "int",
    place: "int",
    kind: "text",
    mark: "text?",
    from_state: "text",
    to_state: "text",
    cause: "text",
    event: "text?",
    total: "real",
    revised: "int",
  },
  /** What arrived and is not yet folded: appended in a group commit, drained by the spine. */
  inbox: {
    id: "int",
    received_at: "int",
    body: "text",
    /** Why it could not be folded; such a row is kept and looked at by a person. */
    failed: "text?",
  },
  events: {
    lead_id: "int",
    at: "int",
    seq: "int",
    type: "text",
    actor: "text",
    verdict: "text",
    verdict_reason: "text?",
    message_id: "int?",
    properties: "text",
    recorded_at: "int",
  },
  event_keys: { event_key: "text", lead_id: "int", recorded_at: "int" },
  enrolments: {
    id: "int",
    lead_id: "int",
    sequence: "text",
    definition: "text",
    state: "text",
    step: "text?",
    since: "int",
    due_at: "int?",
    entered_at: "int",
    ended_at: "int?",
    outcome: "text?",
    holdout: "int",
  },
  messages: {
    id: "int",
    message_key: "text",
    kind: "text",
    lead_id: "int?",
    recipient: "text",
    enrolment_id: "int?",
    sequence: "text?",
    step: "text?",
    template: "text",
    template_hash: "text?",
    variant: "text?",
    locale: "text?",
    subject: "text?",
    /** What was printed into the template (JSON), or the whole body of a mail that has none. */
    variables: "text?",
    state: "text",
    queued_at: "int",
    due_at: "int",
    priority: "int",
    domain: "text",
    attempt: "int",
    tries: "int",
    lease_until: "int?",
    gated_at: "int?",
    sent_at: "int?",
    done_at: "int?",
    decision: "text?",
    reason: "text?",
    until: "int?",
    /** The first time a person did so; what machines did stands beside it. */
    opened_at: "int?",
    clicked_at: "int?",
    replied_at: "int?",
    unsubscribed_at: "int?",
    bounced_at: "int?",
    machine_at: "int?",
    /** The latest opens and clicks (JSON), from which verdicts are given. */
    hits: "text",
    programme: "text",
  },
  message_decisions: {
    message_id: "int",
    place: "int",
    at: "int",
    decision: "text",
    reason: "text?",
    until: "int?",
  },
  templates: { hash: "text", name: "text", locale: "text", body: "text" },
  notices: {
    id: "int",
    lead_id: "int",
    kind: "text",
    rule: "int?",
    state: "text",
    rep: "text?",
    reason: "text",
    at: "int",
    due_at: "int?",
    sent_at: "int?",
    escalations: "int",
    answer: "text?",
    answer_reason: "text?",
    answered_at: "int?",
  },
  deals: {
    id: "text",
    lead_id: "int",
    stage: "text",
    value: "real?",
    owner: "text?",
    opened_at: "int",
    changed_at: "int",
    closed_at: "int?",
    outcome: "text?",
    reason: "text?",
  },
  segment_members: { segment: "text", lead_id: "int", joined_at: "int" },
  /** One lead's part in an A/B test, or in the measure of what a sequence causes: one a lead and test. */
  trials: {
    test: "text",
    lead_id: "int",
    variant: "text",
    /** The mail whose outcome is measured; null where it is an entry into a sequence. */
    message_id: "int?",
    /** When the mail was asked for, or the sequence entered. */
    asked_at: "int",
    /** When the mail was sent, or the sequence entered; null until the first look at it, or where nothing was sent. */
    began_at: "int?",
    /** When its outcome is looked at next; null once it is final. */
    look_at: "int?",
    converted_at: "int?",
  },
  /** Sums of trials; `seen` are those whose outcome is final. */
  tallies: {
    test: "text",
    variant: "text",
    leads: "int",
    converted: "int",
    seen: "int",
    seen_converted: "int",
  },
  /** A/B tests that are decided. `numbers` (JSON): the tallies by which. */
  winners: { test: "text", variant: "text", at: "int", numbers: "text" },
  /** Leads that are one with another now: links and rows that still name them are the other's. */
  merged_leads: { lead_id: "int", into_id: "int" },
  suppressions: { hash: "text", key_id: "text", reason: "text", source: "text", at: "int" },
  reps: { rep: "text", last_notified_at: "int?" },
  /** Files by path (JSON) under the hash of them all. */
  versions: { hash: "text", files: "text" },
  /** What was live when; the last one is. */
  applies: {
    id: "int",
    at: "int",
    version: "text",
    kind: "text",
    author: "text",
    message: "text",
    in_flight: "text",
    /** Names of the sequences (JSON) that also those entered who were there already. */
    enrol_existing: "text",
  },
  /** Flattened sequences (JSON) of all versions, and the hashes (JSON) of the templates that they send. */
  definitions: {
    hash: "text",
    sequence: "text",
    body: "text",
    templates: "text",
    /** What the apply that replaced it said of those in it; null: it is current. */
    in_flight: "text?",
    replaced_by: "int?",
  },
  settings: { name: "text", value: "text" },
  api_keys: {
    id: "int",
    name: "text",
    role: "text",
    rep: "text?",
    hash: "text",
    created_at: "int",
    revoked_at: "int?",
  },
  users: {
    id: "int",
    email: "text",
    role: "text",
    rep: "text?",
    /** Its hash (web/password.io.ts). */
    password: "text",
    created_at: "int",
    logged_in_at: "int?",
  },
  /** Browsers that are logged in; the hash is of what their cookie says. */
  sessions: { hash: "text", user_id: "int", created_at: "int", seen_at: "int", expires_at: "int" },
  idempotency: { request_key: "text", body_hash: "text", status: "int", answer: "text", at: "int" },
  /** Requests of mail providers that were taken, each once; its key is a hash. */
  provider_requests: { request_key: "text", at: "int" },
  webhook_deliveries: {
    id: "int",
    webhook: "text",
    body: "text",
    state: "text",
    tries: "int",
    due_at: "int",
    at: "int",
    error: "text?",
  },
} as const satisfies Record<string, Record<string, ColumnKind>>;

export type ColumnKind = "int" | "int?" | "real" | "real?" | "text" | "text?";

type Value<K extends ColumnKind> = K extends "int" | "real"
  ? number
  : K extends "int?" | "real?"
    ? number | null
    : K extends "text"
      ? string
      : string | null;

export type Tables = {
  [T in keyof typeof COLUMNS]: {
    [C in keyof (typeof COLUMNS)[T]]: (typeof COLUMNS)[T][C] extends ColumnKind
      ? Value<(typeof COLUMNS)[T][C]>
      : never;
  };
};

export type Table = keyof Tables;
export type Row<T extends Table> = Tables[T];

/** A connection or a transaction: store functions take it first. */
export type Db = Kysely<Tables>;
