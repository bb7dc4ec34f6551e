// What the console and the metrics show of a clock that is wrong.
import { afterEach, describe, expect, test } from '@jest/globals'
import { createBrowser } from '../support/browser.ts'
import { ADA } from '../support/countersign.ts'
import { type Console, type Desk, startConsole } from './console.ts'

const TOKEN = 'a-token-of-thirty-two-characters-or-more'
let console: Console
afterEach(() => console.close())

/** A console whose service has asked Entra, whose clock is so far ahead of ours. */
async function beside(ahead: number): Promise<Desk> {
  console = await startConsole({
    environment: { COUNTERSIGN_METRICS_TOKEN: TOKEN },
    world: {
      fetch: async (url, init) => {
        const response = await fetch(url, init)
        const date = new Date(console.clock.now() + ahead).toUTCString()
        return new Response(await response.text(), { headers: { date } })
      },
    },
  })
  console.clock.hold()
  await createBrowser().arrive(await console.entra.begin({ person: ADA, contract: 'external-mfa' }))
  return console.admitted('owner')
}

const gauge = async (): Promise<string | undefined> => {
  const response = await fetch(`${console.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })
  return /^countersign_clock_skew_seconds (\S+)$/m.exec(await response.text())?.[1]
}
const shownOn = async (desk: Desk): Promise<string> =>
  /<dt>Clock, beside Microsoft’s<\/dt><dd[^>]*>([^<]*)</.exec((await desk.get('/admin/settings')).text)?.[1] ?? ''

describe('a clock beside Microsoft’s', () => {
  test('that agrees is shown so, and needs nobody’s attention', async () => {
    const desk = await beside(0)
    expect(await shownOn(desk)).toBe('agrees')
    expect((await desk.get('/admin/')).text).not.toContain('The clock of this machine')
    expect(Number(await gauge())).toBe(0)
  })

  test('40 seconds off is on the overview, the settings and the metrics, as what will be trouble', async () => {
    const desk = await beside(40_000)
    expect(await shownOn(desk)).toBe('at least 40 s behind')
    expect((await desk.get('/admin/')).text).toMatch(
      /The clock of this machine is at least 40 seconds behind Microsoft’s\. Beyond 60 seconds sign-ins fail/,
    )
    expect(Number(await gauge())).toBe(40)
  })

  test('75 seconds off is trouble now', async () => {
    const desk = await beside(-75_000)
    expect(await shownOn(desk)).toBe('at least 74 s ahead')
    expect((await desk.get('/admin/')).text).toMatch(
      /The clock of this machine is at least 74 seconds ahead of Microsoft’s: sign-ins fail\./,
    )
    expect(Number(await gauge())).toBe(-74)
  })
})
