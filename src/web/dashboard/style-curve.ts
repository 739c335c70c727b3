/** Precision and recall over thresholds: in pages, and in a file of its own. */
export const CURVE = `
.curve{width:100%;height:auto}.curve text{fill:var(--quiet);font-size:11.5px;font-variant-numeric:tabular-nums}.curve .grid{stroke:var(--line);stroke-width:1}
.curve path{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}.curve .recall{stroke-dasharray:5 4}
.curve .live{stroke:var(--link)}.curve .proposed{stroke:var(--hot)}.curve .bound{stroke-width:1;stroke-dasharray:2 3;opacity:.8}
.curve text.live{fill:var(--link);stroke:none}.curve text.proposed{fill:var(--hot-ink);stroke:none}.curve circle{fill:var(--panel);stroke-width:2}
`;
