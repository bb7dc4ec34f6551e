import type { Report } from './report.ts'

const WIDTH = 800
const LABELS = 330
const BAR = 26
const GAP = 14
const TOP = 44

const escaped = (text: string): string => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** Sign-ins per second of the server's processor time, as bars that can be read on a light page and on a dark one. */
export function plotOf({ bound, cases, at, machine }: Report): string {
  const bars = [{ name: 'cryptography alone', value: bound.perCpuSecond }].concat(
    cases.map(({ name, perCpuSecond }) => ({ name, value: perCpuSecond })),
  )
  const most = Math.max(...bars.map(({ value }) => value))
  const height = TOP + bars.length * (BAR + GAP) + 34
  const room = WIDTH - LABELS - 90
  const drawn = bars.map(({ name, value }, i) => {
    const y = TOP + i * (BAR + GAP)
    const width = Math.max(1, Math.round((value / most) * room))
    const kind = name.startsWith('Countersign') ? 'ours' : 'others'
    return `<text x="${LABELS - 12}" y="${y + 18}" text-anchor="end">${escaped(name)}</text>
<rect class="${kind}" x="${LABELS}" y="${y}" width="${width}" height="${BAR}" rx="3"/>
<text x="${LABELS + width + 8}" y="${y + 18}">${Math.round(value).toLocaleString('en')}</text>`
  })
  const under = `${at.slice(0, 10)}, ${machine.processor}, one core, Node ${machine.node}`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Sign-ins per second of processor time">
<style>text{font:14px system-ui,sans-serif;fill:#1f2933}.title{font-weight:600}.under{font-size:12px;fill:#52606d}.ours{fill:#0b6e4f}.others{fill:#9aa5b1}@media(prefers-color-scheme:dark){text{fill:#e4e7eb}.under{fill:#9aa5b1}.ours{fill:#3ebd93}.others{fill:#616e7c}}</style>
<text class="title" x="0" y="20">Sign-ins per second of the server's processor time</text>
${drawn.join('\n')}
<text class="under" x="0" y="${height - 10}">${escaped(under)}</text>
</svg>
`
}
