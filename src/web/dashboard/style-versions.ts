/** The versions and how their files differ. */
export const VERSIONS = `
.versions{list-style:none;margin:0;padding:0}.versions h2{display:flex;flex-wrap:wrap;align-items:baseline;gap:.3rem .75rem;margin-bottom:.15rem}.versions .panel{margin-bottom:.9rem}
.versions h2 a{color:inherit;text-decoration-color:transparent}.versions h2 a:hover{text-decoration-color:currentColor}
.changes{margin:.4rem 0 .6rem;padding-left:1.2rem}.paths{list-style:none;margin:.6rem 0 0;padding:0}
.diff summary{overflow-wrap:anywhere}.diff pre{margin-top:.75rem;padding:.6rem 0;line-height:1.55}
.diff pre>*{display:block;min-width:max-content;padding:0 .9rem;text-decoration:none;white-space:pre}
.diff del{background:var(--bad-soft);color:var(--bad)}.diff ins{background:var(--good-soft);color:var(--good)}.diff .gap{color:var(--quiet)}
`;
