/** Style of the document: for screens of any width, in the dark, and on paper. Nothing is loaded. */
export const style = `
:root{color-scheme:light dark;--ink:#14202b;--soft:#4a5a68;--line:#c3ccd4;--band:#eef2f5;--page:#fff;
--strong:#0b4f8a;--s0:#1f5fa8;--s1:#e07b00;--s2:#5b4a9e;--s3:#2f7d5b;--s4:#8a6d1f;--s5:#7a4a5a;--on:#fff}
@media (prefers-color-scheme:dark){:root{--ink:#e8eef3;--soft:#a9b7c3;--line:#41505d;--band:#1d2831;
--page:#121a21;--strong:#8fc3f2;--s0:#6aa9ec;--s1:#ffa63d;--s2:#a99be6;--s3:#6fc59c;--s4:#d3b45a;--s5:#d596aa;
--on:#121a21}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI",Roboto,sans-serif}
main{max-width:52rem;margin:0 auto;padding:1.25rem;position:relative}
h1{font-size:1.7rem;line-height:1.2;margin:1.5rem 0 .5rem}
h2{font-size:1.15rem;margin:2rem 0 .5rem;padding-block-end:.25rem;border-block-end:2px solid var(--strong)}
p{margin:.5rem 0;max-width:46rem}
.parties{display:flex;flex-wrap:wrap;gap:1.5rem;justify-content:space-between}
.parties section{min-width:14rem}
.parties p{margin:0}.small,.parties .label{color:var(--soft);font-size:.875rem}
.party{font-weight:600}
.mark{border:2px dashed var(--ink);padding:.5rem 1rem;margin:1rem 0;font-weight:600}
.watermark{position:absolute;inset:30% 0 auto;text-align:center;font-size:clamp(2.5rem,12vw,6rem);
font-weight:700;transform:rotate(-24deg);color:var(--ink);opacity:.08;pointer-events:none;overflow:hidden}
.result{background:var(--band);border-inline-start:6px solid var(--strong);padding:.75rem 1rem;margin:1rem 0}
.result p{margin:0}.result .amount{font-size:2rem;font-weight:700;line-height:1.2}
dl{display:grid;grid-template-columns:minmax(9rem,max-content) 1fr;gap:.25rem 1rem;margin:.5rem 0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.wide{overflow-x:auto;margin:.75rem 0}
table{border-collapse:collapse;width:100%;font-size:.9375rem}
caption{text-align:start;color:var(--soft);font-size:.875rem;padding-block-end:.25rem}
th,td{padding:.35rem .5rem;border-block-end:1px solid var(--line);text-align:start;vertical-align:top;
font-weight:400}
thead th{font-weight:600;border-block-end:2px solid var(--line)}
.num{text-align:end;font-variant-numeric:tabular-nums;white-space:nowrap}
tr.group th{font-weight:600;background:var(--band)}tr.sum>*{color:var(--soft)}
tr.total>*{font-weight:700;border-block:2px solid var(--ink)}
.detail{display:block;color:var(--soft);font-size:.8125rem}
figure{margin:1rem 0}figcaption{font-weight:600}
figure svg{width:100%;min-width:36rem;height:auto;display:block}.legend svg{min-width:0}
svg text{fill:var(--ink);font-size:11px;font-family:inherit}
.axis{stroke:var(--line);stroke-width:1}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;margin:.5rem 0;padding:0;
font-size:.875rem}
.legend li{display:flex;align-items:center;gap:.4rem}.legend svg{width:1.4rem;height:.9rem;flex:none}
summary{cursor:pointer;padding:.35rem 0;color:var(--strong);min-height:1.5rem}
a{color:var(--strong)}
:focus-visible{outline:3px solid var(--s1);outline-offset:2px}
@media (max-width:36rem){figure svg{min-width:0}.wide{padding-block:.3rem}.wide svg{overflow:visible}
.wide svg text{font-size:20px}.tick{transform:translateY(6px)}.minor{display:none}
main{padding:1rem .75rem}dl{grid-template-columns:1fr;gap:0}
dd{margin-block-end:.4rem}
.num{white-space:normal}th,td{padding:.3rem .25rem}table{font-size:.875rem}}
@media print{:root{color-scheme:light}body{font-size:10pt}main{max-width:none;padding:0}h2{break-after:avoid}
tr,figure{break-inside:avoid}details{display:none}thead{display:table-header-group}
.result,tr.group th{-webkit-print-color-adjust:exact;print-color-adjust:exact}@page{margin:15mm}}
`.trim();
