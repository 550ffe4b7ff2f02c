/** Of the pages that the server makes: light and dark as the system is, one column on a phone. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#fff;--soft:#f4f6f8;--line:#dde3e8;--text:#16202a;--dim:#5b6875;--accent:#0b6bcb;--good:#0f7b4f;--bad:#c02b2b;--code:#eef2f5}
@media (prefers-color-scheme:dark){:root{--bg:#11171d;--soft:#182028;--line:#2b3640;--text:#e3e9ee;--dim:#94a3b0;--accent:#6cb2ff;--good:#4cc38a;--bad:#ff8080;--code:#1f2932}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;background:var(--bg);color:var(--text);font:15px/1.55 system-ui,sans-serif;overflow-wrap:anywhere}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
h1{font-size:1.4rem;margin:0}h2{font-size:1.15rem;margin:2.5rem 0 .25rem;padding-top:.5rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:0}h4{font-size:.85rem;margin:1.1rem 0 .35rem;color:var(--dim);font-weight:600}
p{margin:.4rem 0}
code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
code{background:var(--code);border-radius:4px;padding:.05rem .3rem}
pre{background:var(--code);border-radius:6px;padding:.7rem .8rem;margin:.3rem 0;overflow:auto;max-height:24rem;white-space:pre}
pre code{background:none;padding:0}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem .3rem 0;vertical-align:top;border-bottom:1px solid var(--line)}
th{color:var(--dim);font-weight:600;font-size:.85rem}th,td:first-child,td.dim{overflow-wrap:normal}td .good,td .bad{white-space:nowrap}
.dim{color:var(--dim)}.good{color:var(--good)}.bad{color:var(--bad)}
`;
