import type { SourceFile } from "./tags.ts";

/** What a body is put into where templates/layouts has no default.mjml: plain, readable, and legal. */
export const BUILT_IN_LAYOUT: SourceFile = {
  file: "the built-in layout",
  source: `<mjml>
  <mj-head>
    <mj-attributes>
      <mj-all font-family="Helvetica, Arial, sans-serif" />
      <mj-text font-size="16px" line-height="1.5" color="#222222" />
      <mj-button font-size="16px" background-color="#1f4fd8" />
    </mj-attributes>
  </mj-head>
  <mj-body>
    {{{body}}}
    <mj-section>
      <mj-column>
        <mj-text font-size="12px" color="#666666">
          {{company_name}}, {{company_address}}<br />
          <a href="{{unsubscribe_url}}" style="color:#666666">Unsubscribe</a> ·
          <a href="{{preferences_url}}" style="color:#666666">Preferences</a> ·
          <a href="{{view_url}}" style="color:#666666">View in browser</a>
        </mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
`,
};
