/** The look of the page: light and dark by the reader's setting, and plain on paper. */
export const htmlStyle = `
:root{color-scheme:light dark;--bg:#f7f6f2;--card:#fff;--ink:#1c2127;--soft:#68707a;--line:#e4e1d8;--good:#0b7a6b;--good-soft:#0b7a6b22;--bad:#c2401f;--bad-soft:#c2401f2e;--warn:#a8660a;--track:#eceae3}
@media(prefers-color-scheme:dark){:root{--bg:#11151a;--card:#191f26;--ink:#e9ecef;--soft:#98a2ad;--line:#2b333c;--good:#3fc7b0;--good-soft:#3fc7b02b;--bad:#ff8561;--bad-soft:#ff856138;--warn:#f0b152;--track:#262e37}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1080px;margin:0 auto;padding:40px 24px 56px}
h1{font-size:30px;line-height:1.2;letter-spacing:-.02em;margin:6px 0 8px;overflow-wrap:anywhere}
h2{font-size:17px;letter-spacing:-.01em;margin:0 0 2px}
p{margin:0;max-width:70ch;overflow-wrap:anywhere}
.soft,figcaption{color:var(--soft);font-size:14px}
.pill{display:inline-block;border-radius:99px;padding:2px 12px;font-size:13px;font-weight:600;background:var(--good-soft);color:var(--good)}
.pill.bad{background:var(--bad-soft);color:var(--bad)}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:22px 24px;margin-top:18px;min-width:0}
.hero{display:grid;grid-template-columns:minmax(230px,320px) 1fr;gap:36px;align-items:center}
.big{font-size:62px;font-weight:700;letter-spacing:-.04em;line-height:1.05;color:var(--good);font-variant-numeric:tabular-nums}
.big.bad{color:var(--bad)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:18px}
.tiles .card{padding:16px 20px}
.tile{display:block;font-size:26px;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.two{display:grid;grid-template-columns:1fr 1fr;gap:18px}
.two>.card:only-child{grid-column:1/-1}
figure{margin:0}
svg{display:block;width:100%;height:auto;margin-top:10px;overflow:visible}
text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:var(--soft)}
text.value,text.name{fill:var(--ink)}text.name{font-weight:600}text.note{fill:var(--soft);font-size:11.5px;paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
.grid,.base{stroke:var(--line)}.here{stroke:var(--soft);stroke-dasharray:2 4}.target{stroke:var(--warn);stroke-dasharray:6 4}
.naive,.reached{fill:none;stroke-width:3;stroke-linecap:round;stroke-linejoin:round}.naive{stroke:var(--bad)}.reached{stroke:var(--good)}
.between,.area{fill:var(--good-soft)}.dot-naive{fill:var(--bad)}.dot-reached{fill:var(--good)}.dot-naive,.dot-reached{stroke:var(--card);stroke-width:2}
.bar{fill:var(--soft)}.bar.first{fill:var(--good)}.bar.weakest{fill:var(--bad)}.track{fill:var(--track)}.failed{fill:var(--bad-soft)}.band{fill:var(--good-soft)}
.key{display:inline-block;width:16px;height:0;border-top:3px solid var(--good);border-radius:2px;vertical-align:4px;margin:0 6px 0 0}.key.before{border-color:var(--bad)}.key+span{margin-right:18px}
.scroll{overflow-x:auto;margin-top:8px}
table{border-collapse:collapse;width:100%;font-size:14.5px;font-variant-numeric:tabular-nums}
th,td{padding:8px 14px 8px 0;text-align:right;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:500;color:var(--soft);font-size:13px}
th:first-child,td:first-child,td.text,th.text{text-align:left;overflow-wrap:anywhere}
td{white-space:nowrap}td.text,td:first-child{white-space:normal;min-width:7em}
tr:last-child td{border-bottom:0}
ul{margin:8px 0 0;padding-left:20px}li{margin:6px 0;max-width:74ch;overflow-wrap:anywhere}
code{font:13px ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
.chain{display:flex;flex-wrap:wrap;gap:8px;margin-top:10px;font-size:14px}
.chain span{background:var(--track);border-radius:8px;padding:3px 10px;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:8px 22px;margin:10px 0 0;font-size:14.5px}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.meter{display:inline-block;width:90px;height:8px;border-radius:4px;background:var(--track);margin-right:10px;overflow:hidden;vertical-align:1px}.meter i{display:block;height:100%;background:var(--bad)}
footer{margin-top:26px;color:var(--soft);font-size:13px;overflow-wrap:anywhere}
@media(max-width:760px){.wide{overflow-x:auto}.wide svg{min-width:680px}.hero,.two{grid-template-columns:minmax(0,1fr)}main{padding:24px 14px}.big{font-size:50px}dl{grid-template-columns:minmax(0,1fr);gap:2px}dd{margin-bottom:8px}.meter{width:44px}}
@media print{:root{--bg:#fff;--card:#fff;--ink:#000;--soft:#555;--line:#ccc;--good:#0b7a6b;--bad:#c2401f;--track:#eee;color-scheme:light}main{max-width:none;padding:0}.card{break-inside:avoid}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
`
