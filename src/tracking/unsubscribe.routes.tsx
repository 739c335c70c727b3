import type { Context } from "hono";
import { readToken, signToken } from "../email/token.ts";
import { eventInput } from "../events/input.ts";
import type { TrackingDeps } from "./deps.ts";
import { readLocale } from "./mail.store.ts";
import { answerPage, languageOf, notFound, Page } from "./page.tsx";
import { fill, type Language } from "./words.ts";

/** `GET /t/u/<token>`: asks. Scanners follow every link, so this changes nothing. */
export function askToStop(deps: TrackingDeps) {
  return async (c: Context): Promise<Response> => {
    const token = readToken(deps.tokenKeys, "unsubscribe", c.req.param("token") ?? "");
    if (!token) return notFound(deps, c);
    const language = await languageOfMail(deps, c, token.message);
    const company = deps.spine.programme().settings.company.name;
    const preferences = `${deps.baseUrl}/t/p/${signToken(deps.tokenKeys, "preferences", token)}`;
    const { words } = language;
    return answerPage(
      <Page language={language} company={company} title={words.stop}>
        <p>{fill(words.stopWhy, { company })}</p>
        <form method="post">
          <button type="submit">{words.stopButton}</button>
        </form>
        <p>
          <a href={preferences}>{words.stopLess}</a>
        </p>
      </Page>,
    );
  };
}

/**
 * `POST /t/u/<token>`: stops all mail and says so at once, with no cookie, login or redirect (RFC 8058 §3.1). The body
 * is not read: the address alone says what is wanted, whether a mailer or a person sends it.
 */
export function stop(deps: TrackingDeps) {
  return async (c: Context): Promise<Response> => {
    const token = readToken(deps.tokenKeys, "unsubscribe", c.req.param("token") ?? "");
    if (!token) return notFound(deps, c);
    await deps.inbox.append({
      to: { message: token.message },
      at: deps.clock.now(),
      live: true,
      create: "no",
      // A mailer's server asks in its person's name, whatever its user agent looks like.
      inputs: [eventInput("email.unsubscribed", "lead", {}, { message: token.message })],
    });
    deps.hurry();
    const language = await languageOfMail(deps, c, token.message);
    return answerPage(stoppedPage(language, deps.spine.programme().settings.company.name));
  };
}

export function stoppedPage(language: Language, company: string) {
  return (
    <Page language={language} company={company} title={language.words.stopped}>
      <p>{fill(language.words.stoppedWhy, { company })}</p>
    </Page>
  );
}

/** The page is shown also where the database can't say in what language the lead reads. */
async function languageOfMail(deps: TrackingDeps, c: Context, message: number): Promise<Language> {
  const locale = await readLocale(deps.spine.db.kysely, message).catch(() => null);
  return languageOf(deps, c, locale);
}
