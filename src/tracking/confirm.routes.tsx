import type { Context } from "hono";
import { confirmations, readAsked } from "./confirm.run.ts";
import type { TrackingDeps } from "./deps.ts";
import { answerPage, companyOf, languageOf, notFound, Page } from "./page.tsx";
import { fill, type Language } from "./words.ts";

/** `GET /t/f/<token>`: asks. Scanners follow every link, so this changes nothing. */
export function askToConfirm(deps: TrackingDeps) {
  return async (c: Context): Promise<Response> => {
    const asked = await readAsked(deps, c.req.param("token") ?? "");
    if (!asked) return notFound(deps, c);
    const language = languageOf(deps, c, asked.locale);
    const company = companyOf(deps);
    if (!asked.isNews) return answerPage(confirmedPage(language, company));
    const { words } = language;
    return answerPage(
      <Page language={language} company={company} title={words.confirm}>
        <p>{fill(words.confirmWhy, { company })}</p>
        {asked.topics.length > 0 && (
          <>
            <p>{words.confirmTopics}</p>
            <ul>
              {asked.topics.map(({ title }) => (
                <li>{title}</li>
              ))}
            </ul>
          </>
        )}
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
    const asked = await readAsked(deps, c.req.param("token") ?? "");
    if (!asked) return notFound(deps, c);
    const language = languageOf(deps, c, asked.locale);
    const company = companyOf(deps);
    if (asked.isNews) {
      await deps.inbox.append({
        to: { lead: asked.lead },
        at: deps.clock.now(),
        live: true,
        create: "no",
        inputs: confirmations(asked, fill(language.words.confirmButton, { company })),
      });
      deps.hurry();
    }
    return answerPage(confirmedPage(language, company));
  };
}

function confirmedPage(language: Language, company: string) {
  return (
    <Page language={language} company={company} title={language.words.confirmed}>
      <p>{fill(language.words.confirmedWhy, { company })}</p>
    </Page>
  );
}
