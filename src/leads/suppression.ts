import { createHmac } from "node:crypto";

/** One key of the suppression list; the first of several makes new hashes, all of them are looked up. */
export interface SuppressionKey {
  readonly id: string;
  readonly key: Buffer;
}

export function suppressionKeys(secrets: readonly string[]): SuppressionKey[] {
  return secrets.map((secret) => {
    const key = createHmac("sha256", secret).update("kindling suppression").digest();
    return { id: createHmac("sha256", key).update("id").digest("hex").slice(0, 8), key };
  });
}

/** Keyed hash of a normalised address: survives the person's erasure and says nothing without the key. */
export function suppressionHash(key: SuppressionKey, email: string): string {
  return createHmac("sha256", key.key).update(email).digest("hex");
}
