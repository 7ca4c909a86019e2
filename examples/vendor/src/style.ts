/** The demo vendor's look: its own, so that nobody takes its page for the platform's. Light and dark. */
export const style = `
:root { color-scheme: light dark; --ink: light-dark(#1d1b2e, #efedf7); --muted: light-dark(#5d5a70, #aaa6bd); --ground: light-dark(#fbfaff, #14121f); --card: light-dark(#fff, #1d1a2b); --line: light-dark(#dedaec, #37334a); --accent: light-dark(#5b3fb8, #b8a4ff); --on: light-dark(#fff, #1b1138); --live: light-dark(#14663b, #7bdca5); --over: light-dark(#9a2c2c, #ffa8a2); --waiting: light-dark(#7a5200, #f2c66d) }
*, ::before, ::after { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--ground); color: var(--ink); font: 1rem/1.6 system-ui, sans-serif; overflow-wrap: anywhere }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .75rem; padding: 1.25rem clamp(1rem, 5vw, 3rem); font-weight: 650 }
.logo { display: grid; place-items: center; width: 2rem; height: 2rem; border-radius: .6rem; background: #5b3fb8; color: #fff }
.state { margin-left: auto; display: inline-flex; align-items: center; gap: .5rem; padding: .125rem .75rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--card); color: var(--muted); font-size: .875rem }
.state::before { content: ""; width: .625rem; height: .625rem; border: 2px solid currentcolor; border-radius: 50% }
.live { color: var(--live) } .over { color: var(--over) } .waiting { color: var(--waiting) }
.live::before, .over::before, .waiting::before { background: currentcolor }
main { flex: 1; width: 100%; max-width: 40rem; margin: clamp(.5rem, 7vh, 4.5rem) auto 3rem; padding: 0 clamp(1rem, 5vw, 2rem) }
h1 { margin: 0 0 1rem; font-size: clamp(1.75rem, 5vw, 2.5rem); line-height: 1.15; letter-spacing: -.02em; text-wrap: balance }
h2 { margin: 0 0 1rem; font-size: 1.125rem }
p { text-wrap: pretty }
section { margin-top: 2.5rem }
.lead { font-size: 1.125rem }
.promises { margin: 1.5rem 0 2rem; padding: 0; list-style: none; display: grid; gap: .75rem }
.promises li { padding-left: 1.75rem; position: relative; color: var(--muted) }
.promises li::before { content: ""; position: absolute; left: .25rem; top: .45em; width: .85rem; height: .5rem; border: solid var(--accent); border-width: 0 0 2.5px 2.5px; rotate: -45deg }
.promises strong { color: var(--ink) }
.person { display: flex; align-items: start; gap: 1.25rem; padding: 1.25rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--card) }
.initial { flex: none; display: grid; place-items: center; width: 3.25rem; height: 3.25rem; border-radius: 50%; background: var(--accent); color: var(--on); font-size: 1.375rem; font-weight: 650 }
dl { margin: 0; border: 1px solid var(--line); border-radius: 1rem; background: var(--card) }
dl div { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; padding: .625rem 1.25rem }
dl div + div { border-top: 1px solid var(--line) }
.person dl { flex: 1; border: 0; background: none }
.person dl div { padding: .375rem 0; border: 0 }
dt { color: var(--muted) } dd { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums }
.history { margin: 0; padding: 0; list-style: none }
.history li { position: relative; display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; padding: 0 0 1rem 1.625rem }
.history li::before { content: ""; position: absolute; left: 0; top: .5rem; width: .75rem; height: .75rem; border: 2px solid var(--accent); border-radius: 50% }
.history li:first-child::before { background: var(--accent) }
.history li:not(:last-child)::after { content: ""; position: absolute; left: calc(.375rem - 1px); top: 1.25rem; bottom: -.5rem; border-left: 2px solid var(--line) }
.history time { color: var(--muted); font-variant-numeric: tabular-nums }
a { color: var(--accent) }
.choices { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; margin-top: 1.5rem }
.button, .quiet { display: inline-flex; align-items: center; min-height: 2.875rem }
.button { padding: 0 1.5rem; border-radius: .75rem; background: var(--accent); color: var(--on); font-weight: 650; text-decoration: none }
.button:hover { filter: brightness(1.1) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px }
.note { margin: 0 0 2rem; padding: .75rem 1.25rem; border: 1px solid var(--line); border-left: 4px solid var(--accent); border-radius: .75rem; background: var(--card) }
.note p { margin: .25rem 0 }
.code { display: block; margin-top: .5rem; padding: .5rem .75rem; border-radius: .5rem; background: var(--ground); user-select: all }
.small, footer { color: var(--muted); font-size: .875rem }
footer { padding: 1.25rem; text-align: center }
`
