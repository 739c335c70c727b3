/** What only some pages have: a lead, its curve and timeline; a sequence's flow; mails. */
export const LEAD = `
.who{margin-bottom:1.25rem}.who p{margin:.2rem 0 0}.who .role{color:var(--quiet)}
.chips{display:flex;flex-wrap:wrap;align-items:center;gap:.3rem .45rem}.who .chips{margin:.55rem 0 .5rem}
.back{margin:0 0 .5rem;font-size:.9rem}.back a{color:var(--quiet);text-decoration:none}.back a:hover{color:var(--ink)}
.columns{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,22rem);gap:0 1.25rem;align-items:start}
.columns>*{min-width:0}
@media(max-width:60rem){.columns{grid-template-columns:minmax(0,1fr)}.columns>section:not(.panel){margin-bottom:1.25rem}
.answers>div{display:contents}.answers .panel{order:3}.answers .score{order:0}.answers .ahead{order:1}.answers .mails{order:2}.answers .past{order:4}.answers .forgetting{order:5}}
.standing{display:flex;align-items:center;gap:1rem;margin-bottom:.75rem}
.standing p{margin:0;display:flex;flex-wrap:wrap;align-items:center;gap:.25rem .45rem}
.total{font-size:3rem;line-height:1;font-weight:680;letter-spacing:-.03em;font-variant-numeric:tabular-nums}
.total.hot{color:var(--hot)}.total.warm{color:var(--warm)}.total.cold{color:var(--cold)}
.chart{width:100%;height:auto;overflow:visible;margin:.25rem 0 .25rem}.chart.narrow{display:none}
@media(max-width:40rem){.chart.wide{display:none}.chart.narrow{display:block}}
.chart text{fill:var(--quiet);font-size:11.5px;font-variant-numeric:tabular-nums}.chart text.hot{fill:var(--hot-ink)}.chart text.warm{fill:var(--warm-ink)}
.chart .grid{stroke:var(--line);stroke-dasharray:2 4}.chart .base{stroke:var(--line)}
.chart .band.hot{fill:var(--hot);opacity:.055}.chart .band.warm{fill:var(--warm);opacity:.06}
.chart .bound{stroke-dasharray:3 3;opacity:.6}.chart .bound.hot{stroke:var(--hot)}.chart .bound.warm{stroke:var(--warm)}
.chart stop.cold{stop-color:var(--cold)}.chart stop.warm{stop-color:var(--warm)}.chart stop.hot{stop-color:var(--hot)}
.chart .line{fill:none;stroke-width:2;stroke-linejoin:round}.chart .ahead{stroke-dasharray:2 4;opacity:.75}.chart .area{opacity:.13}
.chart .now{stroke:var(--quiet);opacity:.5}
.chart .dot circle{fill:var(--quiet)}.chart .reach{opacity:0}.chart .dot:hover circle{fill:var(--ink)}.chart .dot:hover .reach{opacity:.15}
.chart .cross circle{stroke:var(--panel);stroke-width:2}.chart .cross:hover circle{stroke:var(--ink)}
.chart .cross.hot circle{fill:var(--hot)}.chart .cross.warm circle{fill:var(--warm)}.chart .cross.cold circle{fill:var(--cold)}.chart .cross.mark circle{fill:var(--panel);stroke:var(--hot)}
.parts{width:100%;border-collapse:collapse;font-size:.94rem}
.parts th,.parts td{padding:.3rem 0;text-align:left;font-weight:400;vertical-align:top;border-top:1px solid var(--line)}
.parts .kind th{padding-top:.9rem;font-size:.82rem;color:var(--quiet);border-top:0}.parts .kind+tr>*{border-top:0}
.parts .barcell{width:26%;padding:.58rem 1rem 0}.parts td.num{text-align:right;width:3.2rem}
.parts tfoot th,.parts tfoot td{border-top:2px solid var(--line);font-weight:650;padding-top:.5rem}.parts tfoot .quiet{font-weight:400}
@media(max-width:40rem){.parts .barcell{width:22%;padding-inline:.6rem}}
.diverging .gives{fill:var(--good)}.diverging .takes{fill:var(--bad)}.diverging .middle{fill:var(--line)}
summary{cursor:pointer;border-radius:.3rem}summary::marker{color:var(--quiet)}
.parts details ol{list-style:none;margin:.35rem 0 .5rem;padding:0 0 0 1rem;border-left:2px solid var(--line);font-size:.9rem}
.parts details li{display:flex;flex-wrap:wrap;gap:0 .75rem;padding:.1rem 0}.parts details li span:first-child{flex:1 1 12rem}.parts details time{color:var(--quiet)}
.silent{margin-top:.75rem;font-size:.9rem;color:var(--quiet)}.silent p{margin-top:.35rem}
.did{display:inline-block;margin-right:.35rem;padding:0 .5rem;border-radius:.3rem;background:var(--good-soft);color:var(--good);font-size:.82rem;font-weight:600}
.did.machine{background:var(--soft);color:var(--quiet);font-weight:400}
.entries,.next-things{list-style:none;margin:0;padding:0;font-size:.94rem}
.entries li,.next-things li{padding:.5rem 0;border-top:1px solid var(--line)}.entries li:first-child,.next-things li:first-child{border-top:0;padding-top:0}
.entries li:last-child,.next-things li:last-child{padding-bottom:0}
.entries .chip{margin-left:.4rem}li>.quiet{display:block}
.timeline h3{position:sticky;top:0;margin:0 -1.25rem;padding:.5rem 1.25rem .3rem;background:var(--panel);font-size:.82rem;font-weight:600;color:var(--quiet)}
.timeline ol{list-style:none;margin:0 0 .5rem;padding:0}
.timeline li{display:grid;grid-template-columns:3.1rem 1fr;gap:.5rem;padding:.22rem 0;font-size:.94rem}
.timeline time{color:var(--quiet);font-size:.85rem;line-height:1.65;font-variant-numeric:tabular-nums}
.timeline .what{position:relative;padding-left:1.05rem}.timeline .what::before{content:"";position:absolute;left:0;top:.47em;width:.5rem;height:.5rem;border-radius:50%;background:var(--line)}
.timeline .what .quiet::before{content:"· "}.timeline .what .quiet{margin-left:.35rem}.timeline .what a{color:inherit}
.timeline .act .what::before{background:var(--good)}.timeline .mail .what::before{background:var(--link)}
.timeline .hot .what::before{background:var(--hot)}.timeline .warm .what::before{background:var(--warm)}.timeline .cold .what::before{background:var(--cold)}
.timeline .hot .what,.timeline .warm .what,.timeline .cold .what{font-weight:600}.timeline li .what .quiet{font-weight:400}
.timeline .rep .what::before,.timeline .deal .what::before{background:var(--ink)}.timeline .sequence .what::before{border-radius:2px;background:var(--quiet)}
.timeline .machine .what{color:var(--quiet)}.timeline .machine .what::before{background:none;border:1.5px solid var(--quiet)}.timeline .chip{margin-left:.4rem}
`;

export const FLOW = `
.tabs.rows{margin-bottom:.75rem}.tabs b{margin-left:.45em;font-variant-numeric:tabular-nums}.tabs+table,.tabs+.empty,.tabs+.note{margin-top:1.1rem}
.block{display:block}.wide{min-width:14rem}
.outcomes{display:flex;flex-wrap:wrap;gap:.6rem;margin:0 0 1.25rem}
.outcomes div{display:flex;flex-direction:column-reverse;padding:.6rem 1rem;min-width:7rem;background:var(--panel);border:1px solid var(--line);border-radius:.75rem}
.outcomes dt{color:var(--quiet);font-size:.85rem}.outcomes dd{margin:0;font-size:1.5rem;line-height:1.2;font-weight:650;font-variant-numeric:tabular-nums}.outcomes dd .quiet{font-size:.9rem;font-weight:400}
.outcomes .goal dd{color:var(--good)}
.flow{list-style:none;margin:0;padding:0}
.node{position:relative;container-type:inline-size;padding:.7rem 1rem;background-color:var(--panel);border:1px solid var(--line);border-radius:.65rem;margin-bottom:1.4rem;font-size:.95rem}
.node::after{content:"";position:absolute;left:1.6rem;top:100%;height:1.45rem;border-left:2px solid var(--line)}
.node:last-child::after{display:none}.node p{margin:0}.node ul{margin:.25rem 0 0;padding-left:1.1rem;font-size:.9rem;color:var(--quiet)}
.node.enter,.node.end{background:var(--soft)}.node.send,.node.ab{--mark:var(--link)}.node.notify,.node.deal{--mark:var(--hot)}
.node.wait,.node.end,.node.set{padding-block:.45rem}.node .id{margin-left:.5rem}.node .here{margin-top:.35rem}
.arms{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:1rem;margin-top:.7rem}
.arm{min-width:0;padding:.7rem .7rem .1rem;border-radius:.5rem;background:var(--page)}.arm .when{margin-bottom:.6rem;font-size:.88rem;font-weight:600}
.arm .node{margin-bottom:1.1rem}.arm .node::after{height:1.15rem}.arm .node:last-child{margin-bottom:.6rem}
.funnel{width:100%;border-collapse:collapse;margin-top:.5rem;font-size:.88rem;table-layout:fixed}
.funnel th,.funnel td{padding:.1rem 0;text-align:left;font-weight:400;white-space:nowrap}.funnel col.name{width:6.2rem}.funnel col.num{width:3rem}.funnel .drawn{padding:.1rem .5rem}
.funnel td.num{text-align:right}
.funnel .track{fill:var(--soft)}.funnel .people{fill:var(--link)}.funnel rect.machines{fill:var(--quiet);opacity:.45}
.legend{display:flex;flex-wrap:wrap;gap:0 .8rem}.legend span::before{content:"";display:inline-block;width:.7rem;height:.7rem;border-radius:2px;margin-right:.35rem;background:var(--link)}.legend .machines::before{background:var(--quiet);opacity:.45}
@container (max-width:17rem){.funnel .drawn{display:none}.funnel{table-layout:auto}}
@media(max-width:40rem){.node{padding:.6rem .75rem}.arms{gap:.6rem}.arm{padding:.5rem .5rem .05rem;margin-inline:-.3rem}}
.experiment p{margin:.3rem 0 0}.node .experiment{margin-top:.5rem}.rates{table-layout:auto}.rates th,.rates td{padding-right:.7rem}.rates .drawn{width:45%;padding-right:0}.rates thead th{color:var(--quiet);font-size:.92em}.rates thead th.num{text-align:right}.rates .may{fill:var(--link);opacity:.35}
.variant{margin-top:.6rem;padding-top:.5rem;border-top:1px solid var(--line)}
.note{padding:.7rem 1rem;border-radius:.6rem;background:var(--warm-soft);color:var(--warm-ink);margin-bottom:1rem}
iframe.mail{display:block;width:100%;height:78vh;min-height:26rem;border:1px solid var(--line);border-radius:.75rem;background:#fff;resize:vertical;overflow:auto}
.mailtext{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;background:var(--panel)}
dl.headers{margin:0}.headers dd{font:.85rem/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre-wrap}
.forget{max-width:40rem;margin-inline:auto}.choices{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem 1.25rem;margin-top:1.25rem}
button.danger{background:var(--bad);border-color:var(--bad);color:var(--page)}button.danger:hover{border-color:var(--ink)}.forgetting{margin:0 1.25rem 1.25rem}.forget h1{margin-bottom:.75rem}
.mailbox form{margin-top:.3rem}.mailbox td{overflow-wrap:anywhere}.mailbox tbody th{min-width:12rem}
`;
