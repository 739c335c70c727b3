import type { World } from "./simulate.run.ts";
import { simulate } from "./simulate.run.ts";
import { compare, factOf, type Difference, type Fact } from "./expect.ts";
import type { Scenario } from "./scenario.ts";

/** What came of a scenario; it passes where there is no difference. */
export interface Verdict {
  readonly scenario: Scenario;
  /** All that can be expected and happened, in order. */
  readonly facts: readonly Fact[];
  readonly differences: readonly Difference[];
}

/** Lives a scenario through in a world that nobody has lived in yet. */
export async function runScenario(world: World, scenario: Scenario): Promise<Verdict> {
  const facts: Fact[] = [];
  await simulate(world, scenario, (line) => {
    const fact = factOf(line);
    if (fact) facts.push(fact);
  });
  return { scenario, facts, differences: compare(scenario, facts) };
}
