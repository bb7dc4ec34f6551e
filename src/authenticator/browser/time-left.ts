import { element } from './element.ts'
import { durationWords } from './time-words.ts'
import type { Waiting } from './waiting.ts'

const SAID_AT = [30_000, 10_000]

/** The time left as text and as a bar. Heard only twice: a text that is read out every second would drown the page. */
export function timeLeft(options: { current: () => Waiting; announce: (text: string) => void; over: () => void }) {
  const text = element('span', {})
  const fill = element('span', { class: 'fill' })
  const bar = element('span', { class: 'bar', 'aria-hidden': 'true' }, fill)
  let before = Number.POSITIVE_INFINITY
  let timer: ReturnType<typeof setInterval> | undefined

  /** What is heard, and what follows the end, waits for the second one: the page is not drawn at the first. */
  function tick(): void {
    const { deadline, allowance } = options.current()
    const left = deadline - performance.now()
    text.textContent = `${durationWords(left)} left`
    fill.style.transform = `scaleX(${Math.min(1, Math.max(0, left / allowance))})`
    bar.classList.toggle('short', left < SAID_AT[0]!)
    if (!timer) return
    if (SAID_AT.some((limit) => before > limit && left <= limit && left > 0)) options.announce(text.textContent)
    before = left
    if (left <= 0) options.over()
  }

  tick()
  timer = setInterval(tick, 1000)
  return { content: element('p', { class: 'time-left' }, text, bar), stop: () => clearInterval(timer) }
}
