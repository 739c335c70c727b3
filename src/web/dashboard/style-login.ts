/** Logging in, one's account, and pages for those who are not logged in. */
export const LOGIN = `
.alone{flex:none;max-width:27rem;padding-block:12vh 3rem}.alone .brand{margin-bottom:1.1rem;justify-content:center}
.alone .panel{padding:1.6rem 1.5rem}.alone h1,.account h1{margin-bottom:.9rem}.alone .quiet{margin-top:1.1rem}.alone pre{white-space:pre-wrap}
.account{max-width:34rem}.account h1{overflow-wrap:anywhere}.account h2{margin-top:1.5rem}
form.stacked{display:grid;gap:1rem}form.stacked label{display:grid;gap:.3rem;font-weight:600;font-size:.92rem}form.stacked label .quiet{font-weight:400;margin:0}
form.stacked input{height:2.75rem;padding:0 .75rem;border:1px solid color-mix(in srgb,var(--quiet) 80%,var(--page));border-radius:.5rem;background:var(--page);width:100%;min-width:0;font-weight:400;font-size:1rem}
form.stacked button{min-height:2.75rem;justify-self:stretch}
p.wrong,p.done{padding:.6rem .8rem;border-radius:.5rem;font-size:.94rem}p.wrong{background:var(--bad-soft);color:var(--bad)}p.done{background:var(--good-soft);color:var(--good)}
.me{position:relative;margin-left:auto}.me+.hold{margin-left:0}
.me summary{display:grid;place-items:center;width:2.1rem;height:2.1rem;border-radius:50%;background:var(--soft);border:1px solid var(--line);font-weight:650;text-transform:uppercase;list-style:none}
.me summary::-webkit-details-marker{display:none}.me summary:hover,.me[open] summary{border-color:var(--quiet)}
.me .panel{position:absolute;right:0;top:calc(100% + .4rem);z-index:1;width:max-content;max-width:min(20rem,80vw);margin:0;box-shadow:0 .5rem 1.5rem rgb(0 0 0/.14);overflow-wrap:anywhere}
.me button{width:100%}
@media(max-width:40rem){.bar .me{order:1;margin-left:auto}.bar .me+.hold{margin-left:0;order:1}.alone{padding-top:2rem}}
@media print{.me{display:none}}
`;
