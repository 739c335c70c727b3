/** A small company that uses all that Kindling has: what stands behind the server of these tests (server.ts). */
export const COMPANY: Readonly<Record<string, string>> = {
  "config/kindling.yaml": `
company: { name: Acme, address: "1 Main Street, Lisbon", country: PT, timezone: Europe/Lisbon, locale: en }
mail:
  from: Ada at Acme <ada@acme.example>
  reply_to: ada@acme.example
  bounces: { domain: bounces.acme.example }
topics: [{ topic: product, title: Product news }, { topic: events, title: Webinars }]
attributes: { plan: text, employees: number }
utm: { source: kindling, campaign: "{{sequence}}" }
tracking: { settle: 0s, sites: [www.acme.example] }
announce: [team@acme.example]
`,
  "config/reps.yaml": `
reps:
  - { rep: maria, name: Maria Silva, email: maria@acme.example, takes: { attribute: country, in: [PT] } }
  - { rep: sam, name: Sam Lee, email: sam@acme.example }
notices:
  - on: { temperature: hot }
    deal: open
  - on: { did: email.replied }
digest: { at: "08:00", days: [mon, tue, wed, thu, fri] }
`,
  "config/segments.yaml": `
segments:
  - { segment: big, title: Big companies, when: { attribute: employees, over: 100 } }
  - { segment: visitors, title: Visitors, when: { did: page.viewed } }
`,
  "config/scoring/default.yaml": `
model: default
title: All leads
thresholds: { warm: 25, hot: 50 }
fit:
  - criterion: Size
    attribute: employees
    bands: [{ over: 100, points: 10 }, { otherwise: true, points: 0 }]
engagement:
  half_life: 30d
  rules:
    - { rule: pages, on: page.viewed, points: 20 }
    - { rule: demo, on: demo.requested, points: 60 }
`,
  "config/sequences/welcome.yaml": `
sequence: welcome
title: Welcome
enter: [{ event: welcome.asked }]
steps:
  - { id: hello, send: welcome/hello }
  - wait: 3d
  - id: second
    ab: { variants: { a: welcome/hello, b: welcome/again }, measure: clicked, confidence: 95% }
`,
  "templates/layouts/default.mjml": `<mjml><mj-body>{{{body}}}
<mj-section><mj-column><mj-text>{{company_name}}, {{company_address}}
<a href="{{unsubscribe_url}}">Unsubscribe</a> <a href="{{preferences_url}}">Preferences</a>
<a href="{{view_url}}">In the browser</a></mj-text></mj-column></mj-section></mj-body></mjml>
`,
  "templates/welcome/hello.mjml": mail("Hello"),
  "templates/welcome/again.mjml": mail("Once more"),
  "templates/system/confirm.mjml": `---
subject: Please confirm
---
<mj-section><mj-column><mj-button href="{{confirm_url}}">Yes</mj-button></mj-column></mj-section>
`,
};

function mail(greeting: string): string {
  return `---
subject: '${greeting} {{first_name "you"}} of {{company "no company"}}, {{job_title "all"}}'
preheader: 'For {{first_name "you"}}'
topic: product
---
<mj-section><mj-column><mj-text>${greeting} {{first_name "you"}} of {{company "no company"}}, {{last_name "-"}},
{{job_title "-"}}, {{plan "-"}}. <a href="https://www.acme.example/pricing">Pricing</a>
<a href="https://elsewhere.example/case">The case</a></mj-text></mj-column></mj-section>
`;
}
