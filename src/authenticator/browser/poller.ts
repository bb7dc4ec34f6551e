const BACK_OFF = [1000, 2000, 4000, 8000, 15_000]

export type Poller = { atOnce: () => void; stop: () => void }

/** Asks again and again. `ask` answers how long to wait; when it throws, the next turn comes later and later. */
export function createPoller(ask: () => Promise<number>): Poller {
  let timer: ReturnType<typeof setTimeout> | undefined
  let asking = false
  let wanted = false
  let failures = 0

  async function turn(): Promise<void> {
    clearTimeout(timer)
    asking = true
    const pause = await ask().then(
      (milliseconds) => {
        failures = 0
        return Math.min(Math.max(milliseconds, 250), 60_000)
      },
      () => BACK_OFF[Math.min(failures++, BACK_OFF.length - 1)]!,
    )
    asking = false
    if (wanted) timer = setTimeout(turn, pause)
  }

  return {
    atOnce() {
      wanted = true
      if (!asking) void turn()
    },
    stop() {
      wanted = false
      clearTimeout(timer)
    },
  }
}
