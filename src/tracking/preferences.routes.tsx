import type { Context } from "hono";
import { readToken } from "../email/token.ts";
import { formatDate } from "../email/words.ts";
import { END_OF_TIME } from "../instant.ts";
import type { TrackingDeps } from "./deps.ts";
import { mailData } from "./my-data.run.ts";
import { answerPage, languageOf, notFound, Page, trouble } from "./page.tsx";
import { readReader, type Reader } from "./preferences.run.ts";
import { eventsFor, wishOf } from "./preferences.ts";
import { stoppedPage } from "./unsubscribe.routes.tsx";
import { fill, type Language } from "./words.ts";

/** `GET /t/p/<token>`: what the lead gets, and what can be changed about it. */
export function showPreferences(deps: TrackingDeps) {
  return async (c: Context): Promise<Response> => {
    const token = readToken(deps.tokenKeys, "preferences", c.req.param("token") ?? "");
    const reader = token && (await readReader(deps.spine, token.message));
    if (!reader) return notFound(deps, c);
    return answerPage(preferencesPage(deps, languageOf(deps, c, reader.locale), reader, null));
  };
}

/** `POST /t/p/<token>`: does what one of the page's buttons says, and shows how things stand then. */
export function changePreferences(deps: TrackingDeps) {
  return async (c: Context): Promise<Response> => {
    const token = readToken(deps.tokenKeys, "preferences", c.req.param("token") ?? "");
    const before = token && (await readReader(deps.spine, token.message));
    if (!token || !before) return notFound(deps, c);
    const wish = wishOf(await c.req.parseBody({ all: true }).catch(() => ({})));
    if (!wish) return trouble(deps, c, 400);
    const language = languageOf(deps, c, before.locale);
    const now = deps.clock.now();
    // Who has left gets no mail, not even this one.
    if (wish.wish === "data" && !before.standing.suppressed) await mailData(deps, before.lead, language);
    const inputs = eventsFor(wish, before.standing, {
      legend: language.words.topics,
      message: token.message,
      now,
    });
    if (inputs.length > 0) {
      await deps.inbox.append({ to: { message: token.message }, at: now, live: true, create: "no", inputs });
      deps.hurry();
    }
    const after = (await readReader(deps.spine, token.message)) ?? before;
    const { dataSent, saved, asked } = language.words;
    const waits = wish.wish === "topics" && after.standing.topics.some(isWaiting(wish.topics));
    const note = wish.wish === "data" ? dataSent : waits ? asked : saved;
    return answerPage(preferencesPage(deps, language, after, note));
  };
}

/** Whether a topic that was ticked waits for the lead's own yes. */
function isWaiting(ticked: readonly string[]) {
  return ({ topic, asked }: Reader["standing"]["topics"][number]) => asked && ticked.includes(topic);
}

function preferencesPage(deps: TrackingDeps, language: Language, reader: Reader, note: string | null) {
  const company = deps.spine.programme().settings.company.name;
  const { words } = language;
  const { suppressed, pausedUntil, topics, fewer } = reader.standing;
  // A lead who left comes back only by their own confirmed opt-in (spec/sending.md), so there is nothing to tick here.
  if (suppressed) return stoppedPage(language, company);
  return (
    <Page language={language} company={company} title={fill(words.preferences, { company })}>
      {note !== null && (
        <p class="note" role="status">
          {note}
        </p>
      )}
      {topics.length > 0 && (
        <form method="post">
          <input type="hidden" name="do" value="topics" />
          <fieldset>
            <legend>{words.topics}</legend>
            {topics.map(({ topic, title, on, asked }) => (
              <label>
                <input type="checkbox" name="topic" value={topic} checked={on} />
                <span>
                  {title}
                  {asked && <small>{words.askedTopic}</small>}
                </span>
              </label>
            ))}
          </fieldset>
          <button type="submit">{words.save}</button>
        </form>
      )}
      <h2>{words.fewer}</h2>
      <p>{fewer === null ? words.fewerNot : fewer === "week" ? words.fewerWeekNow : words.fewerMonthNow}</p>
      <form method="post">
        {fewer !== "week" && <Choice wish="fewer-week" label={words.fewerWeek} />}
        {fewer !== "month" && <Choice wish="fewer-month" label={words.fewerMonth} />}
        {fewer !== null && <Choice wish="fewer-none" label={words.fewerNone} />}
      </form>
      <h2>{words.pause}</h2>
      <p>{pauseLine(language, reader)}</p>
      <form method="post">
        <Choice wish="pause-30" label={words.pause30} />
        <Choice wish="pause-90" label={words.pause90} />
        {pausedUntil !== null && <Choice wish="resume" label={words.resume} />}
      </form>
      <h2>{words.off}</h2>
      <p>{fill(words.offWhy, { company })}</p>
      <form method="post">
        <Choice wish="off" label={words.off} />
      </form>
      <h2>{words.data}</h2>
      <p>{words.dataWhy}</p>
      <form method="post">
        <Choice wish="data" label={words.dataButton} />
      </form>
    </Page>
  );
}

/** A rep may have paused them without an end. */
function pauseLine({ tag, words }: Language, { standing: { pausedUntil }, zone }: Reader): string {
  if (pausedUntil === null) return words.pauseWhy;
  if (pausedUntil === END_OF_TIME) return words.pausedOpen;
  return fill(words.paused, { date: formatDate(pausedUntil, zone, tag) });
}

function Choice({ wish, label }: { readonly wish: string; readonly label: string }) {
  return (
    <button type="submit" class="quiet" name="do" value={wish}>
      {label}
    </button>
  );
}
