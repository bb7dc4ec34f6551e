import type { Phase } from './sign-in.ts'
import type { SignInStore } from './sign-in-store.ts'

/** The same store, which tells `count` of every sign-in that was opened, and of every phase that one came to. */
export const countedSignIns = (store: SignInStore, count: (phase: Phase) => void): SignInStore => ({
  ...store,
  async open(...opening) {
    const opened = await store.open(...opening)
    if (opened.kind === 'opened') count('open')
    return opened
  },
  async move(from, to, effects) {
    const won = await store.move(from, to, effects)
    if (won && from.phase !== to.phase) count(to.phase)
    return won
  },
})
