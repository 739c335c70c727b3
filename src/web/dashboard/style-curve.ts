/** Precision and recall over thresholds: in pages, and in a file of its own. */
export const CURVE = `
.curve{width:100%;height:auto}.curve text{fill:var(--quiet);font-size:11.5px;font-variant-numeric:tabular-nums}.curve .grid{stroke:var(--line);stroke-width:1}
.curve path{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}.curve .recall{stroke-dasharray:5 4}
.curve .live{stroke:var(--link)}.curve .proposed{stroke:var(--hot)}.curve .bound{stroke-width:1;stroke-dasharray:2 3;opacity:.8}
.curve text.live{fill:var(--link);stroke:none}.curve text.proposed{fill:var(--hot-ink);stroke:none}.curve circle{fill:var(--panel);stroke-width:2}
`;

export const THRESHOLDS = `
.thresholds{width:100%;border-collapse:collapse;margin-top:.5rem;font-size:.9rem}
.thresholds th,.thresholds td{padding:.2rem 0 .2rem .5rem;border-top:1px solid var(--line);font-weight:400;text-align:left;vertical-align:bottom}
.thresholds th:first-child{padding-left:0}.thresholds th.num,.thresholds td.num{text-align:right}.thresholds thead th{border:0;color:var(--quiet);font-size:.82rem;white-space:normal}
.thresholds .hot>*{font-weight:650}.thresholds tbody th{overflow-wrap:anywhere}
@media(max-width:40rem){.thresholds{font-size:.82rem}.thresholds th,.thresholds td{padding-left:.3rem}.thresholds thead th{font-size:.75rem}}
`;
