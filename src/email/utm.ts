/**
 * The address with UTM parameters, at the moment of redirecting. `utm`: names without `utm_` to values that may hold
 * `{{sequence}}`, `{{template}}` or another key of `values`. Parameters that the address has already, and those that
 * come out empty, are left out; nothing else of it changes.
 */
export function addUtm(
  url: string,
  utm: Readonly<Record<string, string>> | null,
  values: Readonly<Record<string, string | null | undefined>>,
): string {
  if (utm === null || !/^https?:\/\//i.test(url)) return url;
  const hash = url.indexOf("#");
  const fragment = hash < 0 ? "" : url.slice(hash);
  let address = hash < 0 ? url : url.slice(0, hash);
  const mark = address.indexOf("?");
  const present = new URLSearchParams(mark < 0 ? "" : address.slice(mark + 1));
  let separator = mark < 0 ? "?" : /[?&]$/.test(address) ? "" : "&";
  for (const [name, written] of Object.entries(utm)) {
    const value = fill(written, values).trim();
    if (value === "" || present.has(`utm_${name}`)) continue;
    address += `${separator}utm_${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
    separator = "&";
  }
  return address + fragment;
}

/** Half a character (a lone surrogate) would make encodeURIComponent throw, and a redirect never fails. */
function fill(text: string, values: Readonly<Record<string, string | null | undefined>>): string {
  return text
    .replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) =>
      Object.hasOwn(values, name) ? (values[name] ?? "") : "",
    )
    .toWellFormed();
}
