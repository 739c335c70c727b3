/** A sequence of a mail at once and another an hour later. */
export const TWO_MAILS = {
  "config/sequences/one.yaml": `sequence: one
title: The one
enter: [ { event: go.one } ]
steps:
  - send: hello
  - wait: 1h
  - send: again
`,
  "templates/again.mjml": `---
subject: Again
---
<mj-section><mj-column><mj-text>Hi again. <a href="{{unsubscribe_url}}">Stop</a></mj-text></mj-column></mj-section>
`,
};
