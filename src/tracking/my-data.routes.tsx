import type { Context } from "hono";
import { eraseLead } from "../lifecycle/erase.run.ts";
import { wholeRecord } from "../lifecycle/export-lead.run.ts";
import type { TrackingDeps } from "./deps.ts";
import { readMyData } from "./my-data.run.ts";
import { answerPage, companyOf, languageOf, notFound, Page, PAGE_HEADERS, trouble } from "./page.tsx";
import { fill, type Language } from "./words.ts";

/** `GET /t/d/<token>`: what can be done with one's data. Scanners follow every link, so this does nothing. */
export function showMyData(deps: TrackingDeps) {
  return async (c: Context): Promise<Response> => {
    const asker = await readMyData(deps, c.req.param("token") ?? "");
    if (!asker) return notFound(deps, c);
    return answerPage(dataPage(deps, languageOf(deps, c, asker.locale)));
  };
}

/** `POST /t/d/<token>`: the download; "forget me", which is asked once more. */
export function changeMyData(deps: TrackingDeps) {
  return async (c: Context): Promise<Response> => {
    const asker = await readMyData(deps, c.req.param("token") ?? "");
    if (!asker) return notFound(deps, c);
    const language = languageOf(deps, c, asker.locale);
    const form: Record<string, unknown> = await c.req.parseBody().catch(() => ({}));
    switch (form["do"]) {
      case "data": {
        const record = await wholeRecord(deps.spine, asker.email);
        return new Response(`${JSON.stringify(record, null, 2)}\n`, {
          headers: {
            ...PAGE_HEADERS,
            "content-type": "application/json",
            "content-disposition": 'attachment; filename="my-data.json"',
          },
        });
      }
      case "forget":
        return answerPage(askPage(language, companyOf(deps)));
      case "back":
        return answerPage(dataPage(deps, language));
      case "forget-me":
        await eraseLead(deps.spine, asker.email);
        return answerPage(
          <Page language={language} company={companyOf(deps)} title={language.words.forgotten}>
            <p>{fill(language.words.forgottenWhy, { company: companyOf(deps) })}</p>
          </Page>,
        );
      default:
        return trouble(deps, c, 400);
    }
  };
}

function dataPage(deps: TrackingDeps, language: Language) {
  const { words } = language;
  return (
    <Page
      language={language}
      company={companyOf(deps)}
      title={fill(words.dataPage, { company: companyOf(deps) })}
    >
      <p>{words.dataPageWhy}</p>
      <form method="post">
        <Button wish="data" label={words.dataGet} />
      </form>
      <h2>{words.forget}</h2>
      <p>{words.forgetWhy}</p>
      <form method="post">
        <Button wish="forget" label={words.forget} quiet />
      </form>
    </Page>
  );
}

function askPage(language: Language, company: string) {
  const { words } = language;
  return (
    <Page language={language} company={company} title={words.forgetSure}>
      <p>{words.forgetWhy}</p>
      <form method="post">
        <Button wish="forget-me" label={words.forgetYes} />
        <Button wish="back" label={words.forgetNo} quiet />
      </form>
    </Page>
  );
}

function Button({
  wish,
  label,
  quiet,
}: {
  readonly wish: string;
  readonly label: string;
  readonly quiet?: boolean;
}) {
  return (
    <button type="submit" class={quiet ? "quiet" : undefined} name="do" value={wish}>
      {label}
    </button>
  );
}
