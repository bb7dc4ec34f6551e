import { groupCode } from '../base/random.ts'
import { sentences } from '../base/refusal.ts'
import { ticketOf } from '../devices/ticket.ts'
import type { Views } from '../http/views.ts'
import type { SignIn } from '../signin/sign-in.ts'
import type { SignIns } from '../signin/sign-ins.ts'
import { canTypeInvitation } from '../signin/transaction.ts'
import { ending, stageOf, whyAskAgain } from './stage.ts'

/** Rounded up: who comes when it says so is not told to wait again. */
function waitWords(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000)
  if (seconds <= 90) return `${seconds} seconds`
  return `${Math.ceil(seconds / 60)} minutes`
}

/** The sign-in page: one template a stage. Everything it needs is in the sign-in and in the browser's own secret. */
export function createWaitingPage(deps: {
  views: Views
  publicUrl: string
  signIns: Pick<SignIns, 'ringStanding' | 'codeWait'>
}) {
  const { views, publicUrl, signIns } = deps
  /** What the page says of the notification, and whether and when it can be sent again. */
  async function ringFacts(signIn: SignIn, millisecondsLeft: number) {
    if (signIn.pendingDevice) return { ring: 'binding', againAfter: null }
    const { reachable, rung, againAfter, quiet } = await signIns.ringStanding(signIn)
    const ring = rung ? 'rung' : quiet ? 'quiet' : reachable ? 'held' : 'nowhere'
    return { ring, againAfter: reachable && againAfter < millisecondsLeft ? againAfter : null }
  }

  /** What is said where a code may be typed: why the last one was not taken, and whether one is taken now. */
  async function invitationFacts(signIn: SignIn) {
    if (!canTypeInvitation(signIn)) return null
    const wait = await signIns.codeWait(signIn)
    if (wait === Number.POSITIVE_INFINITY) return { taken: false, fault: sentences['invitation.locked'] }
    if (wait > 0)
      return { taken: true, fault: `Too many wrong codes were typed. Please wait ${waitWords(wait)}, then try again.` }
    return { taken: true, fault: signIn.invitationTries > 0 ? sentences['invitation.refused'] : null }
  }

  return async function render(signIn: SignIn, browserSecret: string, now: number): Promise<string> {
    const stage = stageOf(signIn, now)
    const until = stage === 'number' ? (signIn.prompt?.expiresAt ?? now) : signIn.expiresAt
    const millisecondsLeft = Math.max(0, until - now)
    const [invitation, ringing] = await Promise.all([
      invitationFacts(signIn),
      stage === 'number' ? ringFacts(signIn, millisecondsLeft) : undefined,
    ])
    const facts = {
      stage,
      path: `/entra/sign-in/${signIn.id}`,
      version: signIn.version,
      live: !['over', 'unbound'].includes(stage),
      person: signIn.person,
      integrationName: signIn.integrationName,
      millisecondsLeft,
      invitation,
      binding: signIn.pendingDevice !== null,
      authenticator: `${publicUrl}/authenticator/`,
    }
    switch (stage) {
      case 'ticket': {
        const { ticket, code } = ticketOf(browserSecret, signIn.id)
        const link = `${publicUrl}/authenticator/#ticket=${ticket}`
        // Loaded at the first code: most sign-ins show none.
        const { default: QRCode } = await import('qrcode')
        // A quiet zone of four modules, on white whatever the page's colours (ISO/IEC 18004).
        const qr = await QRCode.toString(link, { type: 'svg', errorCorrectionLevel: 'M', margin: 4 })
        return views.render('entra/ticket', { ...facts, qr, link, code: groupCode(code) })
      }
      case 'number':
        return views.render('entra/number', {
          ...facts,
          digits: signIn.prompt?.digits ?? '',
          ...ringing,
        })
      case 'ask-again':
        return views.render('entra/ask-again', { ...facts, why: whyAskAgain(signIn) })
      case 'over':
        return views.render('entra/over', { ...facts, ...ending(signIn, now), answerable: signIn.phase !== 'answered' })
      default:
        return views.render(`entra/${stage}`, facts)
    }
  }
}
