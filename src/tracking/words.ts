/** What the pages say, in the languages they speak. `{company}` and `{date}` are filled in. */
const EN = {
  lost: "This link leads nowhere",
  lostWhy: "It may be too old, or cut off. Please use the link in your latest email from us.",
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
  asked: "Saved. Please also confirm it by the link that we mail to your own address: emails get forwarded.",
  askedTopic: "waits for the link that we mailed you",
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
  confirm: "Is this your address?",
  confirmWhy: "{company} may write to you once you say so.",
  confirmTopics: "It is about:",
  confirmButton: "Yes, this is my address, and {company} may email me",
  confirmed: "Thank you",
  confirmedWhy: "Your address is confirmed. {company} may email you; each email has a link to leave.",
  fewer: "Fewer emails",
  fewerNot: "You get each email when it is due.",
  fewerWeekNow: "You get one email a week at most.",
  fewerMonthNow: "You get one email in 30 days at most.",
  fewerWeek: "At most one a week",
  fewerMonth: "At most one in 30 days",
  fewerNone: "No limit",
  data: "My data",
  dataWhy:
    "See all that is kept of you, or have it forgotten. Emails get forwarded, so we send a link to your own address first.",
  dataButton: "Send me the link",
  dataSent: "A link is on its way to your address. It works for 7 days.",
  dataSubject: "Your data at {company}",
  dataMail:
    "You asked for your data at {company}. On this page you can download all that is kept of you, or have it forgotten:",
  dataOpen: "Open the page",
  dataMailNot: "It was not you? Then do nothing. The link works for 7 days.",
  dataPage: "Your data at {company}",
  dataPageWhy: "All that is kept of you, as a file (JSON).",
  dataGet: "Download my data",
  forget: "Forget me",
  forgetWhy:
    "Everything that is kept of you is deleted, for good. Only a code stays from which nobody can read your address, so that you are never emailed again.",
  forgetSure: "Forget you for good?",
  forgetYes: "Yes, forget me",
  forgetNo: "No, go back",
  forgotten: "You are forgotten",
  forgottenWhy: "{company} keeps nothing of you any more, and will not email you.",
};

type Words = Readonly<Record<keyof typeof EN, string>>;

const DE: Words = {
  lost: "Dieser Link führt nirgendwohin",
  lostWhy:
    "Vielleicht ist er zu alt oder abgeschnitten. Bitte nehmen Sie den Link in unserer letzten E-Mail an Sie.",
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
  asked:
    "Gespeichert. Bitte bestätigen Sie es noch über den Link, den wir an Ihre eigene Adresse schicken: E-Mails werden weitergeleitet.",
  askedTopic: "wartet auf den Link in unserer E-Mail an Sie",
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
  confirm: "Ist das Ihre Adresse?",
  confirmWhy: "{company} darf Ihnen erst schreiben, wenn Sie es sagen.",
  confirmTopics: "Es geht um:",
  confirmButton: "Ja, das ist meine Adresse, und {company} darf mir E-Mails schicken",
  confirmed: "Danke",
  confirmedWhy:
    "Ihre Adresse ist bestätigt. {company} darf Ihnen schreiben; in jeder E-Mail steht ein Link zum Abbestellen.",
  fewer: "Weniger E-Mails",
  fewerNot: "Sie bekommen jede E-Mail, wenn sie an der Reihe ist.",
  fewerWeekNow: "Sie bekommen höchstens eine E-Mail in der Woche.",
  fewerMonthNow: "Sie bekommen höchstens eine E-Mail in 30 Tagen.",
  fewerWeek: "Höchstens eine in der Woche",
  fewerMonth: "Höchstens eine in 30 Tagen",
  fewerNone: "Ohne Grenze",
  data: "Meine Daten",
  dataWhy:
    "Sehen Sie alles, was über Sie gespeichert ist, oder lassen Sie es löschen. E-Mails werden weitergeleitet, darum schicken wir zuerst einen Link an Ihre eigene Adresse.",
  dataButton: "Link zuschicken",
  dataSent: "Ein Link ist zu Ihrer Adresse unterwegs. Er gilt 7 Tage.",
  dataSubject: "Ihre Daten bei {company}",
  dataMail:
    "Sie haben nach Ihren Daten bei {company} gefragt. Auf dieser Seite können Sie alles herunterladen, was über Sie gespeichert ist, oder es löschen lassen:",
  dataOpen: "Seite öffnen",
  dataMailNot: "Sie waren es nicht? Dann brauchen Sie nichts zu tun. Der Link gilt 7 Tage.",
  dataPage: "Ihre Daten bei {company}",
  dataPageWhy: "Alles, was über Sie gespeichert ist, als Datei (JSON).",
  dataGet: "Meine Daten herunterladen",
  forget: "Vergessen Sie mich",
  forgetWhy:
    "Alles, was über Sie gespeichert ist, wird für immer gelöscht. Nur ein Code bleibt, aus dem niemand Ihre Adresse lesen kann, damit Sie nie wieder eine E-Mail bekommen.",
  forgetSure: "Wirklich alles löschen?",
  forgetYes: "Ja, vergessen Sie mich",
  forgetNo: "Nein, zurück",
  forgotten: "Sie sind vergessen",
  forgottenWhy: "{company} hat nichts mehr über Sie gespeichert und schreibt Ihnen nicht mehr.",
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
