// The sign-ins and what happened in each.
import type { AdminDeps, Wiring } from '../wiring.ts'
import { createSignInList } from './list.ts'
import { createSignInPage } from './one.ts'
import { SIGN_INS } from './rows.ts'

export function addSignInPages({ get, frame: { only } }: Wiring, deps: AdminDeps): void {
  get(SIGN_INS, only('read', createSignInList(deps)))
  get(`${SIGN_INS}/:id`, only('read', createSignInPage(deps)))
}
