// The one stylesheet. Shape and words carry every meaning that a colour has; widths are fixed before there is content,
// so nothing moves when it comes; fonts are those of the reader's machine.

export const STYLESHEET = `:root {
  color-scheme: light dark;
  --ground: #f6f7f8; --paper: #ffffff; --ink: #1b2128; --soft: #56606b; --line: #dfe3e7; --line-strong: #8a949e;
  --link: #1c5a94; --focus: #1c5a94;
  --on: #1d6a3f; --on-paper: #e7f3ec; --off: #7a4a06; --off-paper: #fbf0dd; --stop: #a3231f; --stop-paper: #fcebea;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  background: var(--ground); color: var(--ink); -webkit-text-size-adjust: 100%; overflow-y: scroll;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12161a; --paper: #191e24; --ink: #e3e7eb; --soft: #a1abb5; --line: #2c343c; --line-strong: #77828d;
    --link: #8dbdf0; --focus: #8dbdf0;
    --on: #86d3a4; --on-paper: #15301f; --off: #ecc27a; --off-paper: #35270f; --stop: #f4a39e; --stop-paper: #3b1917;
  }
}
*, ::before, ::after { box-sizing: border-box; }
body, h1, h2, p, dl, dd, ol, ul, table { margin: 0; }
ol, ul { padding: 0; list-style: none; }
body { overflow-wrap: anywhere; }
.wide { max-width: 80rem; margin-inline: auto; padding-inline: 1.25rem; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: .18em; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 2px; }
main:focus { outline: none; }
code { font: .9em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
h1 { font-size: 1.6rem; line-height: 1.25; font-weight: 650; letter-spacing: -.01em; }
h2 { font-size: 1rem; line-height: 1.4; font-weight: 650; }
.muted, .age, .context, .line { color: var(--soft); }
.age, .line { font-size: .87rem; }
.unheard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -100rem; background: var(--paper); padding: .5rem 1rem; z-index: 1; }
.skip:focus { left: .5rem; top: .5rem; }
.unseen { font: .8em/1 ui-monospace, Menlo, Consolas, monospace; padding: 0 .25em; border: 1px solid var(--line-strong); border-radius: 3px; }

.bar { background: var(--paper); border-bottom: 1px solid var(--line); }
.bar > div { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .75rem; min-height: 3.25rem; padding-block: .5rem; }
.brand { font-weight: 650; color: inherit; text-decoration: none; }
.env { font-size: .8rem; color: var(--soft); border: 1px solid var(--line-strong); border-radius: 999px; padding: 0 .6rem; }
.bar nav { margin-left: auto; }
.bar ul { display: flex; gap: 1.25rem; }
.bar li a { color: var(--soft); text-decoration: none; padding-block: .25rem; }
.bar li a:hover { color: var(--ink); text-decoration: underline; }
.bar li a[aria-current] { color: var(--ink); border-bottom: 2px solid currentColor; }
main { padding-block: 1.5rem 3rem; }
footer { color: var(--soft); font-size: .87rem; padding-block: 1rem 2rem; }
footer a { color: inherit; margin-left: .5rem; }
.brief { display: none; margin-top: .4rem; font-size: .93rem; }
.columns { display: grid; grid-template-columns: minmax(0, 1fr) 21rem; gap: 2rem; align-items: start; }

.filters { display: flex; flex-wrap: wrap; gap: .75rem; margin-block: 1rem; }
.filters p { flex: 0 1 9rem; }
.filters .grow { flex: 1 1 100%; }
.filters p:last-child { flex: 0 0 auto; align-self: end; }
label { display: block; font-size: .87rem; color: var(--soft); margin-bottom: .2rem; }
input, select, button { font: inherit; color: inherit; width: 100%; height: 2.4rem; padding: 0 .7rem; background: var(--paper); border: 1px solid var(--line-strong); border-radius: 6px; }
input::placeholder { color: var(--soft); opacity: 1; }
button { font-weight: 600; background: var(--ink); color: var(--ground); border-color: var(--ink); padding-inline: 1.2rem; cursor: pointer; }
#count { color: var(--soft); min-height: 1.5em; margin-bottom: .5rem; font-variant-numeric: tabular-nums; }
#count a { margin-left: .75rem; }

table { border-collapse: collapse; }
th { font-weight: inherit; text-align: start; }
.entries { width: 100%; table-layout: fixed; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; border-spacing: 0; border-collapse: separate; }
.entries thead th, .entries thead .aside { font-size: .82rem; color: var(--soft); padding-block: .5rem; }
.entries th, .entries td { padding: .55rem .9rem; vertical-align: top; }
.entries .aside { color: var(--soft); font-size: .9rem; }
.entries tbody th, .entries tbody td { border-top: 1px solid var(--line); }
.entries thead th:nth-child(2) { width: 14.2rem; }
.entries thead th:nth-child(3) { width: 13.5rem; }
.entries tbody tr:hover { background: color-mix(in srgb, var(--ground) 60%, var(--paper)); }
.entries a { font-weight: 600; text-decoration: none; }
.entries a:hover { text-decoration: underline; }
.entries a span, .name span { font-weight: 400; color: var(--soft); }
.entries th p { color: var(--soft); font-size: .9rem; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }

.pager { display: flex; gap: 1.5rem; padding-block: 1rem; }
.pager a[rel] { font-weight: 600; }

.mark { display: inline-block; width: .72em; width: round(.72em, 1px); height: .72em; height: round(.72em, 1px); margin-right: .45em; border-radius: 50%; border: .13em solid currentColor; vertical-align: -.02em; position: relative; flex: none; }
.mark.on { background: currentColor; color: var(--on); }
.mark.off { color: var(--off); background: linear-gradient(-45deg, transparent 42%, currentColor 42% 58%, transparent 58%); }
.mark.stop { color: var(--stop); border: 0; border-radius: 0; background: linear-gradient(45deg, transparent 40%, currentColor 40% 60%, transparent 60%), linear-gradient(-45deg, transparent 40%, currentColor 40% 60%, transparent 60%); }
.mark.warn { color: var(--off); border: 0; border-radius: 0; background: currentColor; clip-path: polygon(50% 4%, 100% 96%, 0 96%); }
.mark.none { color: var(--soft); border-style: dashed; }
.badge { display: inline-block; font-weight: 600; padding: 0 .65rem; border-radius: 999px; border: 1px solid currentColor; margin-right: .4rem; white-space: nowrap; font-size: .87rem; }
.badge.on { color: var(--on); background: var(--on-paper); }
.badge.off { color: var(--off); background: var(--off-paper); border-style: dashed; }
.context { font-size: .9rem; white-space: nowrap; }

.card { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.1rem; font-size: .93rem; }
.card + .card { margin-top: 1rem; }
.card h2 { margin-bottom: .4rem; }
.card .state { font-weight: 600; margin-bottom: .6rem; }
.card .note { margin-top: .6rem; }
.card dl div { display: grid; grid-template-columns: 6.4rem minmax(0, 1fr); padding-block: .15rem; }
dt { color: var(--soft); }
.card dd .age { display: block; }
.counts { width: 100%; table-layout: fixed; margin-top: .8rem; font-variant-numeric: tabular-nums; }
.counts caption { text-align: start; font-weight: 600; padding-block: .7rem .3rem; border-top: 1px solid var(--line); }
.counts th, .counts td { padding: .15rem 0; }
.counts thead th, .counts td { text-align: end; }
.counts thead th { color: var(--soft); font-size: .87rem; }
.counts td a { display: block; }
.reloads li + li { border-top: 1px solid var(--line); margin-top: .5rem; padding-top: .5rem; }
.run > * { white-space: nowrap; }
.said { font: .87rem/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
.reloads .said { font: inherit; font-size: .87rem; }

.banner { border: 1px solid currentColor; border-left-width: .4rem; border-radius: 8px; padding: .9rem 1.1rem; margin-bottom: 1.5rem; background: var(--off-paper); border-color: var(--off); }
.banner h2 { font-size: 1.1rem; }
.facts { margin-block: .8rem; }
.facts div { display: grid; grid-template-columns: 11rem minmax(0, 1fr); padding-block: .3rem; border-top: 1px solid var(--line); }
.banner .facts { margin-bottom: 0; }
.banner .facts div { border: 0; padding-block: .1rem; }
.banner dt { color: inherit; }

.crumbs { font-size: .9rem; color: var(--soft); margin-bottom: .4rem; }
.name + .state { margin-block: .5rem 1rem; }
.name + .state .badge { font-size: 1rem; padding-inline: .8rem; }
.why { background: var(--paper); border: 1px solid var(--line); border-left: .3rem solid var(--on); border-radius: 8px; padding: .8rem 1.1rem; margin-bottom: 1rem; }
.why.off { border-left: .3rem dashed var(--off); }
.why h2 { font-size: .87rem; font-weight: 400; color: var(--soft); }
.why .reason { font-size: 1.15rem; margin-bottom: .4rem; }
#history-title { margin-top: 1.8rem; }
.history { margin-top: .6rem; border-left: 2px solid var(--line); padding-left: 1.3rem; }
.history li { position: relative; padding-bottom: 1.1rem; }
.history li::before { content: ""; position: absolute; left: calc(-1.3rem - 7px); top: .4em; width: 12px; height: 12px; border-radius: 50%; border: 2px solid var(--line-strong); background: var(--ground); }
.history .on::before { background: var(--on); border-color: var(--on); }
.history .off::before { border-color: var(--off); background: linear-gradient(-45deg, transparent 42%, var(--off) 42% 58%, transparent 58%), var(--ground); }
.history .org::before { border-radius: 2px; }
.history .gone::before { border-style: dashed; }
.history .bad::before { border-color: var(--stop); background: var(--stop); border-radius: 0; }
.history .line { white-space: nowrap; }
.history .line + .line { margin-left: .4rem; }
.history li:last-child { padding-bottom: 0; }

.empty { border: 1px dashed var(--line-strong); border-radius: 8px; padding: 2rem 1.5rem; text-align: center; }
.empty p + p { margin-top: .4rem; }
.empty > .mark { font-size: 1.8rem; margin: 0 0 .4rem; }
.message { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: 1.8rem 2rem; }
.message > .mark { font-size: 2.4rem; margin: 0 0 .6rem; }
.message h2 { margin-top: 1.2rem; }
.message .facts { margin-bottom: 0; }
.message p + p { margin-top: .6rem; }
.message .lead { font-size: 1.1rem; margin-top: .5rem; }
.message.none { border: 2px dashed var(--line-strong); }
.message.unavailable { border: 2px solid var(--stop); background: var(--stop-paper); }
.message.untrusted { border: 4px double var(--off); background: var(--off-paper); }
.unavailable dt, .untrusted dt { color: inherit; }
.unavailable .facts div, .untrusted .facts div { border-color: color-mix(in srgb, currentColor 25%, transparent); }

@media (max-width: 62rem) {
  .columns { grid-template-columns: minmax(0, 1fr); }
  .brief { display: block; }
  .entries thead th:nth-child(2) { width: 11.5rem; }
}
@media (max-width: 40rem) {
  .wide { padding-inline: 1rem; }
  .bar nav { margin-left: 0; width: 100%; }
  .filters p:last-child { flex: 1 1 100%; }
  .filters { gap: .6rem; }
  .filters p { flex: 1 1 7rem; }
  .entries .aside { display: none; }
  .entries thead th:nth-child(2) { width: 8.1rem; }
  .entries th, .entries td { padding-inline: .75rem; }
  .entries td .context { display: block; padding-left: .2rem; }
  .badge { margin-right: 0; }
  .facts div { grid-template-columns: minmax(0, 1fr); }
  .message { padding: 1.3rem 1.1rem; }
}
@media (forced-colors: active) {
  .mark { forced-color-adjust: none; color: CanvasText; }
}
@media print {
  .bar nav, .filters, .pager, .skip { display: none; }
}
`
