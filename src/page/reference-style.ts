// The looks of the reference: the system's own font and colours, light or dark as the reader has it, one column that
// fits a telephone and a table of contents beside it where there is room.

export const REFERENCE_STYLE = `
:root { color-scheme: light dark; --line: light-dark(#c8ccd2, #454a52); --soft: light-dark(#f3f4f6, #1d2025); --link: light-dark(#0a4fa8, #8cbcff); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 78rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; background: light-dark(#fff, #131519); color: light-dark(#1b1e23, #e4e6ea); }
a { color: var(--link); }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; }
h1 small { font-weight: normal; font-size: 1rem; }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); }
h3 { margin-top: 2.5rem; }
h3 a { text-decoration: none; }
code, pre { font: 0.875rem/1.45 ui-monospace, monospace; }
pre { margin: 0; padding: 0.75rem; background: var(--soft); border: 1px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere; }
figure { margin: 1rem 0; }
figcaption { font-weight: 600; }
.prompt { user-select: none; }
table { width: 100%; margin: 1rem 0; border-collapse: collapse; }
caption { text-align: left; font-weight: 600; }
th, td { padding: 0.4rem 0.6rem; border: 1px solid var(--line); text-align: left; vertical-align: top; font-weight: normal; overflow-wrap: anywhere; }
thead th { background: var(--soft); }
td p { margin: 0 0 0.4rem; }
nav ul { margin: 0; padding-left: 1.2rem; }
nav p { margin: 0.6rem 0 0; }
:target { scroll-margin-top: 1rem; }
@media (min-width: 64rem) {
  body { display: grid; grid-template-columns: 17rem minmax(0, 1fr); column-gap: 2rem; }
  header { grid-column: 1 / -1; }
  nav { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow: auto; }
}
@media (max-width: 40rem) {
  th, td { padding: 0.25rem; font-size: 0.875rem; }
}
`
