import type { Context } from "hono";
import { readToken } from "../email/token.ts";
import { eventInput } from "../events/input.ts";
import { DAY } from "../instant.ts";
import { confirmationKey } from "../lifecycle/confirmation.store.ts";
import { drain } from "../lifecycle/drain.run.ts";
import type { TrackingDeps } from "./deps.ts";
import { readAsker, type Asker } from "./mail.store.ts";
import { answerPage, languageOf, notFound, Page } from "./page.tsx";
import { fill, type Language } from "./words.ts";

const VALID = 30 * DAY;

/** `GET /t/f/<token>`: asks. Scanners follow every link, so this changes nothing. */
export function askToConfirm(deps: TrackingDeps) {
  return async (c: Context): Promise<Response> => {
    const asker = await readAddressee(deps, c.req.param("token") ?? "");
    if (!asker) return notFound(deps, c);
    const language = languageOf(deps, c, asker.locale);
    if (!isNews(asker)) return answerPage(confirmedPage(language, companyOf(deps)));
    const { words } = language;
    const company = companyOf(deps);
    return answerPage(
      <Page language={language} title={words.confirm}>
        <p>{fill(words.confirmWhy, { company })}</p>
        <form method="post">
          <button type="submit">{fill(words.confirmButton, { company })}</button>
        </form>
      </Page>,
    );
  };
}

/** `POST /t/f/<token>`: the lead's confirmed opt-in, in the words of the button. */
export function confirm(deps: TrackingDeps) {
  return async (c: Context): Promise<Response> => {
    const asker = await readAddressee(deps, c.req.param("token") ?? "");
    if (!asker) return notFound(deps, c);
    const language = languageOf(deps, c, asker.locale);
    const company = companyOf(deps);
    if (isNews(asker)) {
      const words = fill(language.words.confirmButton, { company });
      const said = { words, source: "double opt-in", confirmed: true };
      await deps.inbox.append({
        to: { lead: asker.id },
        at: deps.clock.now(),
        live: true,
        create: "no",
        inputs: [eventInput("consent.given", "lead", said)],
      });
      deps.hurry();
    }
    return answerPage(confirmedPage(language, company));
  };
}

/** Once is enough; who left since may come back by it. */
function isNews({ confirmed, suppressed }: Asker): boolean {
  return !confirmed || suppressed === "unsubscribed";
}

async function readAddressee(deps: TrackingDeps, text: string): Promise<Asker | null> {
  const token = readToken(deps.tokenKeys, "confirm", text);
  if (!token || token.at + VALID < deps.clock.now()) return null;
  await drain(deps.spine);
  return readAsker(deps.spine.db.kysely, token.lead, confirmationKey(token.lead));
}

function companyOf(deps: TrackingDeps): string {
  return deps.spine.programme().settings.company.name;
}

function confirmedPage(language: Language, company: string) {
  return (
    <Page language={language} title={language.words.confirmed}>
      <p>{fill(language.words.confirmedWhy, { company })}</p>
    </Page>
  );
}
