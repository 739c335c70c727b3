/** What the pages say, in the languages they speak. `{company}` and `{date}` are filled in. */
const EN = {
  lost: "This link leads nowhere",
  lostWhy: "It may have been cut off. Please use the link in the email itself.",
  trouble: "That did not work",
  troubleWhy: "Nothing was changed. Please try again in a minute.",
  stop: "Stop these emails?",
  stopWhy: "{company} will send you no more emails.",
  stopButton: "Stop emails",
  stopLess: "Or choose what you get",
  stopped: "You will get no more emails",
  stoppedWhy: "{company} sends you nothing more from now on.",
  preferences: "Your emails from {company}",
  saved: "Saved.",
  topics: "Send me emails about",
  save: "Save",
  pause: "A pause",
  pauseWhy: "No emails for a while. They begin again by themselves.",
  pause30: "Pause for 30 days",
  pause90: "Pause for 90 days",
  paused: "You are on a pause until {date}.",
  pausedOpen: "You are on a pause.",
  resume: "End the pause",
  off: "Everything off",
  offWhy: "No more emails from {company} at all.",
};

type Words = Readonly<Record<keyof typeof EN, string>>;

const DE: Words = {
  lost: "Dieser Link führt nirgendwohin",
  lostWhy: "Vielleicht wurde er abgeschnitten. Bitte nehmen Sie den Link in der E-Mail selbst.",
  trouble: "Das hat nicht geklappt",
  troubleWhy: "Es wurde nichts geändert. Bitte versuchen Sie es in einer Minute noch einmal.",
  stop: "Keine E-Mails mehr?",
  stopWhy: "{company} schickt Ihnen dann keine E-Mails mehr.",
  stopButton: "E-Mails abbestellen",
  stopLess: "Oder wählen Sie aus, was Sie bekommen",
  stopped: "Sie bekommen keine E-Mails mehr",
  stoppedWhy: "{company} schickt Ihnen ab jetzt nichts mehr.",
  preferences: "Ihre E-Mails von {company}",
  saved: "Gespeichert.",
  topics: "Schicken Sie mir E-Mails über",
  save: "Speichern",
  pause: "Eine Pause",
  pauseWhy: "Eine Zeit lang keine E-Mails. Danach geht es von selbst weiter.",
  pause30: "30 Tage Pause",
  pause90: "90 Tage Pause",
  paused: "Sie haben Pause bis {date}.",
  pausedOpen: "Sie haben gerade Pause.",
  resume: "Pause beenden",
  off: "Alles abbestellen",
  offWhy: "Gar keine E-Mails von {company} mehr.",
};

const LANGUAGES: ReadonlyMap<string, Words> = new Map([
  ["en", EN],
  ["de", DE],
]);

export interface Language {
  /** `en`, `de` */
  readonly tag: string;
  readonly words: Words;
}

/**
 * The first language that the pages speak: of these BCP 47 tags in turn (`de-AT` counts as `de`), then of an
 * `Accept-Language` header, then the company's, then English.
 */
export function languageFor(
  wanted: string | null,
  acceptLanguage: string | undefined,
  company: string,
): Language {
  for (const locale of [wanted ?? "", ...accepted(acceptLanguage ?? ""), company]) {
    const tag = locale.slice(0, 2).toLowerCase();
    const words = LANGUAGES.get(tag);
    if (words && /^$|^[-_]/.test(locale.slice(2))) return { tag, words };
  }
  return { tag: "en", words: EN };
}

/** `de-AT,en;q=0.5` → its tags, the most wanted first. */
function accepted(header: string): string[] {
  return header
    .slice(0, 200)
    .split(",")
    .map((part) => {
      const [tag = "", quality] = part.split(";q=");
      return { tag: tag.trim(), quality: quality === undefined ? 1 : Number(quality) || 0 };
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ tag }) => tag);
}

export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
