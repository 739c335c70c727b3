import type { Child } from "hono/jsx";

/** Names and values, one below the other; what has no value is left out. */
export function Facts({
  class: look,
  facts,
}: {
  class: string;
  facts: readonly (readonly [string, Child])[];
}) {
  return (
    <dl class={look}>
      {facts.map(([name, value]) =>
        value ? (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ) : null,
      )}
    </dl>
  );
}
