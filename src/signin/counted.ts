import type { SignIn } from './sign-in.ts'
import type { SignInStore } from './sign-in-store.ts'

/** The same store, which tells `count` of every sign-in that was opened, and of every one that came to another phase. */
export const countedSignIns = (store: SignInStore, count: (signIn: SignIn) => void): SignInStore => ({
  ...store,
  async open(...opening) {
    const opened = await store.open(...opening)
    if (opened.kind === 'opened') count(opening[0])
    return opened
  },
  async move(from, to, effects) {
    const won = await store.move(from, to, effects)
    if (won && from.phase !== to.phase) count(to)
    return won
  },
})
