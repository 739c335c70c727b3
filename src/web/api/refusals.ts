/** One thing wrong with what was asked: `attributes.budget`, `[3].type`; "" for the whole. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** What was asked can't be done as it was written; nothing has changed. */
export class Invalid extends Error {
  readonly errors: readonly FieldError[];
  /** `address`: the path, the query or a header is wrong; `body`: what was sent. */
  readonly part: "address" | "body";

  constructor(errors: readonly FieldError[], part: "address" | "body" = "body") {
    super(errors.map(({ field, message }) => (field === "" ? message : `${field}: ${message}`)).join("; "));
    this.name = "Invalid";
    this.errors = errors;
    this.part = part;
  }
}

/** The body is no JSON. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

export class TooLarge extends Error {
  override readonly name = "TooLarge";
}

/** There is no such thing, or none that this caller may see. */
export class NotFound extends Error {
  override readonly name = "NotFound";
}

/** The caller's role does not do this. */
export class NotAllowed extends Error {
  override readonly name = "NotAllowed";
}

/** No key, or none of ours. */
export class NotKnown extends Error {
  override readonly name = "NotKnown";
}

/** Too many wrong keys from one address. */
export class TooManyAttempts extends Error {
  override readonly name = "TooManyAttempts";
  /** Milliseconds. */
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    super("too many wrong keys came from this address");
    this.retryAfter = retryAfter;
  }
}

/** The thing is not in a state in which this can be done. */
export class Conflict extends Error {
  override readonly name = "Conflict";
}

/** The Idempotency-Key was used before, for something else. */
export class KeyReused extends Error {
  override readonly name = "KeyReused";
}

export function invalid(field: string, message: string): Invalid {
  return new Invalid([{ field, message }]);
}

/** Of the path or the query. */
export function badParameter(field: string, message: string): Invalid {
  return new Invalid([{ field, message }], "address");
}
