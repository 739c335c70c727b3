import { html, type Html } from "./html.ts";

/** Colours and type of what reps get by mail. Inline, since mail clients drop style sheets. */
const INK = "#1f2328";
const MUTED = "#656d76";
const LINE = "#e4e7eb";
export const HEAT: Readonly<Record<string, string>> = { hot: "#d1410c", warm: "#b7791f", cold: "#2f6f9f" };
const FONT = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/** A whole mail: one column of at most 600 px, readable on a phone as it is. */
export function mailFrame(
  preheader: string,
  accent: string,
  body: Html,
  footer: Html,
  { lang, title } = { lang: "en", title: "Kindling" },
): string {
  return html`<!doctype html>
    <html lang="${lang}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light" />
        <title>${title}</title>
      </head>
      <body
        style="margin:0;padding:0;background:#f4f5f7;color:${INK};font:16px/1.5 ${FONT};-webkit-text-size-adjust:100%"
      >
        <div style="display:none;max-height:0;overflow:hidden">${preheader}</div>
        <table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f4f5f7">
          <tr>
            <td align="center" style="padding:16px 8px">
              <table
                role="presentation"
                width="100%"
                cellpadding="0"
                cellspacing="0"
                style="max-width:600px;background:#ffffff;border-radius:10px;overflow:hidden;border:1px solid ${LINE}"
              >
                <tr>
                  <td style="height:5px;line-height:5px;font-size:0;background:${accent}">&nbsp;</td>
                </tr>
                <tr>
                  <td style="padding:24px 24px 8px;font:16px/1.5 ${FONT};color:${INK}">${body}</td>
                </tr>
                <tr>
                  <td
                    style="padding:16px 24px 20px;font:13px/1.5 ${FONT};color:${MUTED};border-top:1px solid ${LINE}"
                  >
                    ${footer}
                  </td>
                </tr>
              </table>
            </td>
          </tr>
        </table>
      </body>
    </html> `.text;
}

export function heading(text: string): Html {
  return html`<h2
    style="margin:28px 0 6px;font-size:13px;letter-spacing:.06em;text-transform:uppercase;color:${MUTED};font-weight:600"
  >
    ${text}
  </h2> `;
}

/** A line with something at its right end; `strong` where it is the point. */
export function row(left: Html, right: Html | string, strong = false): Html {
  const weight = strong ? "600" : "400";
  return html`<tr>
    <td style="padding:7px 12px 7px 0;border-bottom:1px solid ${LINE};vertical-align:top">${left}</td>
    <td
      align="right"
      style="padding:7px 0;border-bottom:1px solid ${LINE};vertical-align:top;white-space:nowrap;font-weight:${weight};color:${strong ? INK : MUTED}"
    >
      ${right}
    </td>
  </tr> `;
}

export function rows(lines: readonly Html[]): Html {
  return html`<table
    role="presentation"
    width="100%"
    cellpadding="0"
    cellspacing="0"
    style="font-size:15px;line-height:1.4"
  >
    ${lines}
  </table> `;
}

export function button(url: string, label: string, filled: string | null): Html {
  const look = filled
    ? `background:${filled};color:#ffffff;border:1px solid ${filled}`
    : `background:#ffffff;color:${INK};border:1px solid #c6ccd2`;
  return html`<a
    href="${url}"
    style="display:inline-block;margin:0 6px 8px 0;padding:11px 20px;border-radius:8px;font-weight:600;font-size:15px;text-decoration:none;${look}"
    >${label}</a
  > `;
}

export function muted(text: string): Html {
  return html`<span style="color:${MUTED}">${text}</span>`;
}
