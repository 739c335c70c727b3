import { createHash } from "node:crypto";

/**
 * A stable number in [0, 1) for a lead: the first 52 bits of SHA-256 of purpose, email, sequence and step, joined by
 * NUL, over 2^52 (spec/sequences.md, "Stable hash"). A share s takes what is below s.
 */
export function stableShare(
  purpose: "holdout" | "ab",
  email: string,
  sequence: string,
  step: string,
): number {
  const digest = createHash("sha256").update([purpose, email, sequence, step].join("\0")).digest("hex");
  return Number.parseInt(digest.slice(0, 13), 16) / 2 ** 52;
}

/** Variants take consecutive shares in file order; weights add up to 1. */
export function chooseVariant<V extends { readonly weight: number }>(
  variants: readonly V[],
  share: number,
): V {
  let upTo = 0;
  for (const variant of variants) {
    upTo += variant.weight;
    if (share < upTo) return variant;
  }
  return variants[variants.length - 1]!;
}
