// What this room knows of MJML's components.

/** Components whose children are components; true where a block tag between them can be carried by an mj-raw. */
export const CONTAINERS: Readonly<Record<string, boolean>> = {
  mjml: false,
  "mj-head": false,
  "mj-attributes": false,
  "mj-body": true,
  "mj-wrapper": true,
  "mj-section": true,
  "mj-group": true,
  "mj-column": true,
  "mj-hero": true,
  "mj-social": true,
  "mj-navbar": true,
  "mj-accordion": true,
  "mj-accordion-element": true,
  "mj-carousel": false,
};

/** Components that hold HTML or text, which MJML leaves as it is. */
export const CONTENT: readonly string[] = [
  "mj-text",
  "mj-button",
  "mj-table",
  "mj-raw",
  "mj-navbar-link",
  "mj-social-element",
  "mj-accordion-title",
  "mj-accordion-text",
  "mj-title",
  "mj-preview",
  "mj-style",
];

/** Components that hold nothing; the last two set defaults. */
export const LEAVES: readonly string[] = [
  "mj-image",
  "mj-divider",
  "mj-spacer",
  "mj-carousel-image",
  "mj-font",
  "mj-breakpoint",
  "mj-all",
  "mj-class",
];

export const COMPONENTS: readonly string[] = [...Object.keys(CONTAINERS), ...CONTENT, ...LEAVES];

/** The rest of MJML reads files or parses the finished HTML anew, which would tear tags apart. */
export const REFUSED: Readonly<Record<string, string>> = {
  "mj-include": "write {{> name}}: partials live in templates/partials",
  "mj-html-attributes": "put the attribute where it belongs",
};

/** Attributes that MJML only copies, so that Handlebars may be inside. All others it computes with. */
export const COPIED = /^(alt|title|src|srcset|href|background-url|aria-label)$|color$/;

/** What has an `href` that a reader follows. */
export const LINKING: readonly string[] = [
  "a",
  "area",
  "mj-button",
  "mj-image",
  "mj-navbar-link",
  "mj-social-element",
  "mj-carousel-image",
];
