import { createHash } from "node:crypto";
import { CURVE, THRESHOLDS } from "./style-curve.ts";
import { LOGIN } from "./style-login.ts";
import { FLOW, LEAD } from "./style-pages.ts";
import { VERSIONS } from "./style-versions.ts";

export const COLOURS = `
:root{color-scheme:light dark;
--page:#f7f7f4;--panel:#fff;--ink:#1c1f24;--quiet:#5d646d;--line:#e3e3dd;--soft:#f0f0eb;--link:#1a5a9e;--focus:#d9822b;
--hot:#d1410c;--warm:#c98613;--cold:#3a7fb5;--hot-ink:#a8330a;--warm-ink:#80540a;--cold-ink:#225d8b;
--hot-soft:#fdeae2;--warm-soft:#fbf0d9;--cold-soft:#e5f0f8;--good:#1f7a4d;--good-soft:#e0f3e8;--bad-soft:#fbe6e6;--bad:#a32a2a}
@media(prefers-color-scheme:dark){:root{
--page:#131417;--panel:#1b1d21;--ink:#e8e9eb;--quiet:#a0a6af;--line:#2d3036;--soft:#24272c;--link:#8fbdf0;--focus:#f0a04b;
--hot:#f4672f;--warm:#e0a53a;--cold:#5ca3d9;--hot-ink:#ff9a70;--warm-ink:#f0c46e;--cold-ink:#93c6ee;
--hot-soft:#3a1d12;--warm-soft:#352810;--cold-soft:#14293a;--good:#6fce9b;--good-soft:#14301f;--bad-soft:#3a1818;--bad:#f19a9a}}
`;

const BASE = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;
min-height:100vh;display:flex;flex-direction:column;overflow-wrap:break-word}
main,.bar,.foot,.banner form{width:100%;max-width:76rem;margin-inline:auto;padding-inline:1rem}
main{flex:1;padding-block:1.5rem 3rem}
h1{font-size:1.65rem;line-height:1.2;letter-spacing:-.015em;margin:0}
h2{font-size:1.05rem;line-height:1.3;margin:0 0 .75rem}h3{font-size:.95rem;margin:0 0 .25rem}
p{margin:0 0 .75rem}p:last-child{margin-bottom:0}
a{color:var(--link);text-decoration-thickness:1px;text-underline-offset:.16em}a:not(:hover){text-decoration-color:color-mix(in srgb,currentColor 35%,transparent)}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px;border-radius:.3rem}
code,pre{font:.86em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{margin:.5rem 0 0;padding:.75rem .9rem;background:var(--soft);border-radius:.5rem;overflow-x:auto}
time{white-space:nowrap}svg{display:block}
.quiet{color:var(--quiet);font-size:.9em}.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.skip{position:absolute;left:-99rem}.skip:focus{position:static;display:block;padding:.5rem 1rem}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
button,select,input{font:inherit;color:inherit}
button{white-space:nowrap;font-weight:600;padding:.45rem 1rem;border:1px solid var(--line);border-radius:.5rem;background:var(--panel);cursor:pointer}
button:hover{border-color:var(--quiet)}button.small{padding:.25rem .75rem;font-size:.88rem}
button.main{background:var(--ink);border-color:var(--ink);color:var(--page)}
select,input[type=search]{height:2.5rem;padding:0 .6rem;border:1px solid var(--line);border-radius:.5rem;background:var(--panel);width:100%;min-width:0}
.head{background:var(--panel);border-bottom:1px solid var(--line)}
.bar{display:flex;align-items:center;flex-wrap:wrap;gap:0 1.75rem;min-height:3.5rem}
.brand{display:flex;align-items:center;gap:.5rem;font-weight:700;font-size:1.08rem;letter-spacing:-.01em;color:inherit;text-decoration:none}
.brand path{fill:var(--hot)}
.bar nav{display:flex;gap:.25rem;align-self:stretch}
.bar nav a{display:flex;align-items:center;padding:.5rem .65rem;color:var(--quiet);text-decoration:none;border-bottom:2px solid transparent;border-top:2px solid transparent}
.bar nav a:hover{color:var(--ink)}.bar nav a[aria-current]{color:var(--ink);font-weight:600;border-bottom-color:var(--hot)}
.hold{margin-left:auto}
.banner{background:var(--warm-soft);border-bottom:1px solid var(--warm)}
.banner form{display:flex;align-items:center;gap:1rem;padding-block:.6rem}.banner p{margin:0;flex:1;color:var(--warm-ink)}
.foot{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.25rem 2rem;padding-block:1rem 1.5rem;color:var(--quiet);font-size:.85rem}.foot p{margin:0}
.title{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem 1.25rem;margin-bottom:1.25rem}
.title .quiet{margin:0}
.panel{background:var(--panel);border:1px solid var(--line);border-radius:.75rem;padding:1.1rem 1.25rem;margin-bottom:1.25rem;min-width:0}
.panel>h2:only-child{margin:0}
.empty{text-align:center;padding:3.5rem 1rem;color:var(--quiet)}.empty h1{color:var(--ink);margin-bottom:.5rem}
.tabs{display:flex;flex-wrap:wrap;gap:.35rem}
.tabs a{padding:.25rem .8rem;border:1px solid var(--line);border-radius:999px;text-decoration:none;color:var(--quiet);background:var(--panel);font-size:.92rem}
.tabs a:hover{color:var(--ink)}.tabs a[aria-current]{background:var(--ink);border-color:var(--ink);color:var(--page)}
.chip{display:inline-flex;align-items:baseline;gap:.4em;padding:.05rem .6rem;border-radius:999px;background:var(--soft);color:var(--quiet);font-size:.85rem;font-weight:600;white-space:nowrap}
.chip b{font-variant-numeric:tabular-nums}
.chip.hot{background:var(--hot-soft);color:var(--hot-ink)}.chip.warm{background:var(--warm-soft);color:var(--warm-ink)}.chip.cold{background:var(--cold-soft);color:var(--cold-ink)}
.chip.good{background:var(--good-soft);color:var(--good)}.chip.bad{background:var(--bad-soft);color:var(--bad)}
.fill.hot{fill:var(--hot)}.fill.warm{fill:var(--warm)}.fill.cold{fill:var(--cold)}.fill.unscored,.fill.plain{fill:var(--quiet)}
.meter .track{fill:var(--soft)}.meter .tick{fill:var(--panel)}
.shares{border-radius:5px;overflow:hidden}
.pager{display:flex;justify-content:space-between;gap:1rem;margin-top:1rem}.pager .next{margin-left:auto}
dl.facts{display:grid;grid-template-columns:minmax(5.5rem,auto) 1fr;gap:.3rem 1rem;margin:0;font-size:.93rem}
dl.facts dt{color:var(--quiet)}dl.facts dd{margin:0;min-width:0;overflow-wrap:anywhere}
`;

const TABLES = `
table.list{width:100%;border-collapse:separate;border-spacing:0;background:var(--panel);border:1px solid var(--line);border-radius:.75rem;overflow:hidden;font-size:.94rem}
table.list th,table.list td{padding:.6rem .75rem;text-align:left;vertical-align:top;border-top:1px solid var(--line);font-weight:400}
table.list thead th{border-top:0;padding-block:.5rem;color:var(--quiet);font-size:.82rem;background:var(--soft);white-space:nowrap}
table.list th:first-child,table.list td:first-child{padding-left:1.1rem}table.list th:last-child,table.list td:last-child{padding-right:1.1rem}
table.list th.num,table.list td.num{text-align:right}
table.list tbody tr:hover{background:color-mix(in srgb,var(--soft) 55%,transparent)}
table.list tbody th[scope=row] a{color:inherit;text-decoration-color:transparent}table.list tbody th[scope=row]>a{font-weight:600}table.list tbody th[scope=row] a:hover{text-decoration-color:currentColor}
table.list tbody th[scope=row] .quiet{display:block}
.panel table.list{border:0;border-radius:0;margin-inline:-1.25rem;width:calc(100% + 2.5rem);background:none}
.panel table.list:last-child{margin-bottom:-1.1rem}.panel table.list th:first-child,.panel table.list td:first-child{padding-left:1.25rem}
.leads .score{width:9.5rem}.leads .score .meter{margin-top:.45rem}.leads .act{width:26%}.stage{white-space:nowrap}
.leads .act .quiet,.leads .next .quiet{display:block}
@media(max-width:52rem){
table.list.stack,table.list.stack tbody,table.list.leads,table.list.leads tbody{display:block}
table.list.leads thead,table.list.stack thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table.list.leads tr{display:grid;grid-template-columns:1fr 8.5rem;gap:.1rem .9rem;padding:.8rem 1rem;border-top:1px solid var(--line)}
table.list.stack tr{display:flex;flex-wrap:wrap;align-items:baseline;gap:.15rem .9rem;padding:.75rem 1rem;border-top:1px solid var(--line)}
.panel table.list.stack tr{padding-inline:1.25rem}
table.list.stack tbody tr:first-child,table.list.leads tbody tr:first-child{border-top:0}
table.list.leads tr>*,table.list.stack tr>*{padding:0!important;border:0}
table.list.stack tr>th{flex:1 1 100%}table.list.stack td.num{text-align:left}
table.list.stack td[data-name]::before{content:attr(data-name) " ";color:var(--quiet);font-size:.88em}
table.list.stack td.none{display:none}
.leads .score{width:auto}.leads .score .chip{float:right}.leads .score .meter{clear:both;padding-top:.4rem;height:12px}
.leads td.act,.leads td.next{grid-column:1/-1;width:auto;font-size:.9rem}.leads td.act{margin-top:.35rem}
.leads .act .quiet,.leads .next .quiet{display:inline}.leads td.stagecell,.leads td.owner{font-size:.85rem;color:var(--quiet)}.leads td.owner{text-align:right}}
`;

const LEADS = `
.heats{margin-bottom:1.25rem}
.heats ul{list-style:none;display:grid;grid-template-columns:repeat(auto-fit,minmax(0,1fr));grid-auto-flow:column;gap:.75rem;margin:.75rem 0 0;padding:0}
.heat{display:grid;gap:.05rem;padding:.85rem 1.1rem;border:1px solid var(--line);border-radius:.75rem;background:var(--panel);color:inherit;text-decoration:none;overflow:hidden;--mark:var(--quiet)}
.heat,.node.send,.node.ab,.node.notify,.node.deal{background:linear-gradient(var(--mark) 0 0) 0 0/4px 100% no-repeat var(--panel)}
.heat.hot{--mark:var(--hot)}.heat.warm{--mark:var(--warm)}.heat.cold{--mark:var(--cold)}
.heat .name{font-weight:600;font-size:.92rem}.heat.hot .name{color:var(--hot-ink)}.heat.warm .name{color:var(--warm-ink)}.heat.cold .name{color:var(--cold-ink)}
.heat .number{font-size:2rem;line-height:1.15;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.heat:hover{border-color:var(--quiet)}
.heat.hot[aria-current]{background-color:var(--hot-soft);border-color:var(--hot)}.heat.warm[aria-current]{background-color:var(--warm-soft);border-color:var(--warm)}.heat.cold[aria-current]{background-color:var(--cold-soft);border-color:var(--cold)}
.filters{display:flex;flex-wrap:wrap;align-items:end;gap:.6rem .75rem;margin-bottom:1.25rem}
.filters label{display:grid;gap:.15rem;flex:1 1 8rem;min-width:0}.filters .grow{flex:2 1 15rem}.filters label span{font-size:.82rem;color:var(--quiet)}
.filters .actions{display:flex;height:2.5rem;align-items:center;gap:.9rem}
.filters input[type=text]{height:2.5rem;padding:0 .6rem;border:1px solid var(--line);border-radius:.5rem;background:var(--panel);width:100%;min-width:0;font:.86rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.filters input[aria-invalid]{border-color:var(--bad)}.filters .condition{flex:1 1 100%;min-width:0}.condition label{margin-bottom:.35rem}.condition p{margin:0}.condition .wrong{color:var(--bad);font-size:.9rem}
.condition summary{width:fit-content}.condition ul{list-style:none;margin:.35rem 0 0;padding:0}.condition li{margin-bottom:.2rem}.condition code{overflow-wrap:anywhere}
.filters.try{margin:1rem 0 0}.filling p{margin:0 0 .4rem}.filling progress{display:block;width:100%;height:.5rem;appearance:none;border:0;border-radius:.25rem;overflow:hidden;background:var(--panel)}
.filling progress::-webkit-progress-bar{background:var(--panel)}.filling progress::-webkit-progress-value{background:var(--warm)}.filling progress::-moz-progress-bar{background:var(--warm)}
.welcome{max-width:44rem;margin:1rem auto}.welcome h1{margin-bottom:.4rem}
.welcome ol{list-style:none;padding:0;display:grid;grid-template-columns:minmax(0,1fr);gap:1rem;margin:1.5rem 0 0}
.welcome li{background:var(--panel);border:1px solid var(--line);border-radius:.75rem;padding:1.1rem 1.25rem}.welcome h2{margin-bottom:.25rem}.welcome li p{color:var(--quiet);margin:0}
@media(max-width:40rem){.heat{padding:.6rem .7rem}.heat .number{font-size:1.5rem}.heats ul{gap:.5rem}.heat .meaning{display:none}
.hold{margin-left:0}.bar{padding-block:.6rem 0;gap:0 1rem}.bar .hold{margin-left:auto;order:1}.bar nav{order:2;width:calc(100% + 1.3rem);margin-inline:-.65rem;gap:0;flex-wrap:wrap}.bar nav a{padding:.45rem .5rem;font-size:.94rem}main{padding-block:1.1rem 2rem}h1{font-size:1.4rem}}
@media print{.hold,.filters,.pager,.bar nav,.skip{display:none}.panel,table.list{break-inside:avoid}body{background:#fff}}
`;

export const STYLE = [COLOURS, BASE, TABLES, LEADS, LEAD, CURVE, THRESHOLDS, FLOW, VERSIONS, LOGIN]
  .join("")
  .replaceAll("\n", "");

const STYLE_PATH = "/dashboard.css";
/** Kept by browsers for ever, since another style has another address. */
export const STYLE_URL = `${STYLE_PATH}?v=${createHash("sha256").update(STYLE).digest("hex").slice(0, 12)}`;
